import { buildSchema, graphql } from 'graphql';
const schema = buildSchema('type Query { a: String }');
console.log(JSON.stringify(await graphql({ schema, source: '{ a }', rootValue: { a: 'yes' } })));
console.log(JSON.stringify(await graphql({ schema, source: '{ b }' })));
