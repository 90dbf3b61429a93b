import { Parser, parse } from 'acorn';
import { full } from 'acorn-walk';
const counts = {};
full(parse('export const f = async (a) => { for await (const b of a) yield_(b) }', { ecmaVersion: 'latest', sourceType: 'module' }), ({ type }) => (counts[type] = (counts[type] ?? 0) + 1));
console.log(counts, Parser.name);
