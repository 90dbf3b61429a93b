import { minify } from 'terser';
console.log((await minify('function long(name) { const value = name + 1; return value * 2 } console.log(long(3))', { toplevel: true })).code);
