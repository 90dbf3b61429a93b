import { parse, parseDocument, stringify } from 'yaml';
console.log(parse('a: &x [1, 2]\nb: *x'), stringify({ a: { b: ['c'] } }), parseDocument('a: [').errors[0].code);
