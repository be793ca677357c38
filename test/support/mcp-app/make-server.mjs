// SPDX-License-Identifier: Apache-2.0

const text = (value) => ({ content: [{ type: 'text', text: String(value) }] });

/** A server with one tool for everything that a tool call can do. `tell` is told what happens inside. */
export function makeServer(sdk, tell = () => {}) {
  const { z, shape, extraOf } = sdk;
  const server = new sdk.McpServer({ name: 'tools', version: '1' }, { capabilities: { logging: {} } });
  const two = shape({ a: z.number(), b: z.number() });
  server.registerTool('add', { description: 'adds', inputSchema: two }, ({ a, b }) => {
    tell('add', { a, b });
    return text(a + b);
  });
  const sum = shape({ sum: z.number() });
  server.registerTool('sum', { inputSchema: two, outputSchema: sum }, ({ a, b }) => ({
    ...text(a + b),
    structuredContent: { sum: a + b },
  }));
  server.registerTool('ping', {}, () => text('pong'));
  server.registerTool('whence', {}, (extra) => text(JSON.stringify(extraOf(extra)._meta)));
  server.registerTool('fail', {}, () => {
    throw new Error('it broke');
  });
  server.registerTool('steps', {}, async (extra) => {
    const { _meta, notify } = extraOf(extra);
    for (const progress of [1, 2, 3])
      await notify({
        method: 'notifications/progress',
        params: { progressToken: _meta.progressToken, progress, total: 3 },
      });
    return text('walked');
  });
  server.registerTool('wait', {}, async (extra) => {
    const { signal } = extraOf(extra);
    tell('waiting');
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    tell('gave up');
    return text('never seen');
  });
  server.registerTool('ask', {}, async () => {
    const messages = [{ role: 'user', content: { type: 'text', text: 'hi' } }];
    const { content } = await server.server.createMessage({ messages, maxTokens: 5 });
    const schema = { type: 'object', properties: { name: { type: 'string' } } };
    const answer = await server.server.elicitInput({ mode: 'form', message: 'who?', requestedSchema: schema });
    return text(JSON.stringify([content, answer]));
  });
  // Since protocol 2026: the client is asked by a result, and calls again with the answers.
  const { inputRequired } = sdk;
  if (inputRequired)
    server.registerTool('rounds', { inputSchema: two }, ({ a }, extra) => {
      const { inputResponses } = extraOf(extra);
      tell('rounds', a, inputResponses !== undefined);
      if (inputResponses !== undefined) return text(JSON.stringify(inputResponses));
      const messages = [{ role: 'user', content: { type: 'text', text: 'hi' } }];
      return inputRequired({ inputRequests: { say: inputRequired.createMessage({ messages, maxTokens: 5 }) } });
    });
  server.registerResource('readme', 'file:///readme', {}, () => ({
    contents: [{ uri: 'file:///readme', text: 'read me' }],
  }));
  const name = shape({ name: z.string() });
  server.registerPrompt('greet', { argsSchema: name }, ({ name: who }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `hello ${who}` } }],
  }));
  return server;
}

/** A server without the helper class: tools are what its handlers say. */
export function makeLowLevelServer(sdk, tell = () => {}) {
  const server = new sdk.Server({ name: 'low', version: '1' }, { capabilities: { tools: {} } });
  const outputSchema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
  server.setRequestHandler(sdk.LIST, () => ({
    tools: ['echo', 'wrong', 'refuse'].map((name) => ({
      name,
      inputSchema: { type: 'object' },
      ...(name === 'wrong' ? { outputSchema } : {}),
    })),
  }));
  server.setRequestHandler(sdk.CALL, ({ params }) => {
    tell(params.name, params.arguments);
    if (params.name === 'refuse') throw new sdk.Failure(-32_002, 'not here', { why: 'closed' });
    if (params.name === 'wrong') return { content: [], structuredContent: { n: 'one' } };
    if (params.name === 'shapeless') return { content: 'none' };
    return text(JSON.stringify(params.arguments));
  });
  return server;
}
