import * as prettier from 'prettier';
console.log(await prettier.format('a  =  {b:1}', { parser: 'babel' }));
console.log(await prettier.format('a{b:c}', { parser: 'css' }));
await prettier.format('let let', { parser: 'babel' }).catch((error) => console.log(error.name, error.message));
