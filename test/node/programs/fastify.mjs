import fastify from 'fastify';
const app = fastify();
app.get('/', { schema: { response: { 200: { type: 'object', properties: { a: { type: 'integer' } } } } } }, async () => ({ a: 1, b: 2 }));
for (const url of ['/', '/gone']) {
  const response = await app.inject(url);
  console.log(response.statusCode, response.payload);
}
await app.close();
