import Koa from 'koa';
const app = new Koa();
app.use(async (context, next) => {
  await next();
  context.set('x-after', 'yes');
});
app.use((context) => (context.body = { path: context.path }));
const server = app.listen(0, '127.0.0.1', async () => {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/p`, { headers: { connection: 'close' } });
  console.log(response.headers.get('x-after'), await response.text());
  server.close();
});
