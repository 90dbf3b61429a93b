import * as babel from '@babel/core';
const { code } = await babel.transformAsync('a ??= b', { configFile: false, babelrc: false, plugins: [['@babel/plugin-transform-logical-assignment-operators']] });
console.log(code);
await babel.parseAsync('let let', { configFile: false, filename: 'x.js' }).catch((error) => console.log(error.code, error.reasonCode));
