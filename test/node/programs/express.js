const express = require('express');
const http = require('http');
const app = express();
app.use(express.json());
app.get('/hello/:name', (request, response) => response.json({ hello: request.params.name }));
app.get('/bad', () => {
  throw Object.assign(new Error('told'), { status: 418, expose: true });
});
app.use((error, request, response, next) => response.status(error.status).send(error.message));
const server = app.listen(0, '127.0.0.1', async () => {
  for (const path of ['/hello/you', '/bad', '/gone']) {
    await new Promise((done) => {
      http.get({ port: server.address().port, path, agent: false }, (response) => {
        let text = '';
        response.on('data', (part) => (text += part)).on('end', () => done(console.log(response.statusCode, text)));
      });
    });
  }
  server.close();
});
