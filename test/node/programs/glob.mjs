import { glob, globSync } from 'glob';
const cwd = import.meta.dirname;
console.log((await glob('data/*.js', { cwd })).sort(), globSync('{zod,uuid}.mjs', { cwd }).sort());
