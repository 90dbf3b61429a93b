import { rollup } from 'rollup';
const files = { 'a.js': 'import { b } from "b.js"; console.log(b)', 'b.js': 'export const b = 1; export const unused = 2' };
const bundle = await rollup({
  input: 'a.js',
  plugins: [{ name: 'files', resolveId: (id) => (id in files ? id : null), load: (id) => files[id] }],
});
console.log((await bundle.generate({ format: 'es' })).output[0].code);
await bundle.close();
