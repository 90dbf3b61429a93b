import axios, { AxiosError } from 'axios';
import http from 'node:http';
const server = http.createServer((request, response) => {
  response.statusCode = request.url === '/' ? 200 : 404;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ url: request.url }));
});
server.listen(0, '127.0.0.1', async () => {
  const client = axios.create({ baseURL: `http://127.0.0.1:${server.address().port}`, proxy: false });
  console.log((await client.get('/')).data);
  await client.get('/gone').catch((error) => console.log(error instanceof AxiosError, error.code, error.message, error.response.data));
  server.close();
});
