import ts from 'typescript';
console.log(ts.version, ts.transpile('const x: number = 1; enum E { A = 3 }'));
