// SPDX-License-Identifier: Apache-2.0
// An HTTP server that answers a question with a model, and a tool that asks a database: no line of it is about telemetry but the scope. It gets one
// request over a bare socket, from a caller in a trace of its own, prints what was answered and ends.
import { once } from 'node:events';
import { connect } from 'node:net';

export async function serve({ createServer, pg, OpenAI, flow }) {
  if (process.env.REFUSE) flow.llm.addConditionalExecution('refuse', () => 'not today');
  const openai = new OpenAI({ maxRetries: 0 });
  const database = new pg.Client({ host: '127.0.0.1', user: 'postgres', database: 'postgres' });
  await database.connect();

  async function answer(city) {
    const completion = await openai.chat.completions.create({
      model: 'gpt-test',
      messages: [{ role: 'user', content: `Where is ${city}?` }],
    });
    const { rows } = await flow.tool.execute({ name: 'lookup', args: { city } }, () =>
      database.query('SELECT $1::text AS found', [city]),
    );
    return `${completion.choices[0].message.content} ${rows[0].found}`;
  }

  const server = createServer(async (request, response) => {
    request.setEncoding('utf8');
    let body = '';
    for await (const part of request) body += part;
    try {
      response.end(await flow.scope.run('guide', { type: 'agent' }, () => answer(body)));
    } catch (error) {
      response.statusCode = 403;
      response.end(String(error.code));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log(await request(server.address().port));
  await database.end();
  server.close();
}

async function request(port) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.write(
    [
      'POST /ask?token=query-secret HTTP/1.1',
      `host: 127.0.0.1:${port}`,
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'authorization: Bearer header-secret',
      'cookie: session=cookie-secret',
      'connection: close',
      'content-length: 17',
      '',
      'body-secret-Paris',
    ].join('\r\n'),
  );
  let answered = '';
  for await (const part of socket) answered += part;
  return answered.split('\r\n\r\n')[1];
}
