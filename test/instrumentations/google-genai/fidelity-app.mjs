// SPDX-License-Identifier: Apache-2.0

// Every operation, a line of JSON for each: `fidelity-app.mjs <url> <major> <format>...`; what comes after `policy` is done under it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { load } from './load.mjs';
import { Clock, makeMcpClient, makeTool } from './tools.mjs';

const [url, major, ...formats] = process.argv.slice(2);
const model = 'gemini-3-flash';

/** A response without what differs from run to run. */
function plain(response) {
  const { sdkHttpResponse, ...rest } = response;
  const { date, 'content-length': length, ...headers } = sdkHttpResponse?.headers ?? {};
  return { ...rest, class: response.constructor.name, headers, text: response.text };
}

function told(error) {
  const { name, status, code, message, cause } = error;
  return {
    class: error.constructor.name,
    name,
    status,
    code,
    message: message.replaceAll(url, ''),
    cause: cause?.code ?? cause?.message,
  };
}

for (const [pass, format] of formats.entries()) {
  if (format === 'policy') {
    await import('./allow.mjs');
    continue;
  }
  const sdk = await load(format);
  const { GoogleGenAI } = sdk;
  const print = (what, value) => console.log(JSON.stringify([format, what, value]));
  const clientFor = (what, options = {}) =>
    new GoogleGenAI({
      apiKey: 'k',
      ...options,
      httpOptions: { baseUrl: `${url}/${pass}-${format}-${what}`, ...options.httpOptions },
    });
  const operations = new Map();
  const operation = (what, perform) => operations.set(what.replaceAll(' ', '-'), perform);
  const all = async (stream) => {
    const chunks = [];
    try {
      for await (const chunk of await stream) chunks.push(plain(chunk));
    } catch (error) {
      return { chunks, thrown: told(error) };
    }
    return chunks;
  };
  const generate = (ai, config, contents = 'Hi') =>
    ai.models.generateContent({ model, contents, config }).then(plain, told);
  const stream = (ai, config, contents = 'Hi') => all(ai.models.generateContentStream({ model, contents, config }));

  operation('plain', async (ai) => [
    await generate(ai, { systemInstruction: 'Be short', temperature: 0.5, maxOutputTokens: 10 }),
    await generate(ai, { httpOptions: { headers: { 'X-Own': 'a' }, extraBody: { labels: { a: 'b' } } } }),
    await generate(ai, {
      responseMimeType: 'application/json',
      responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
    }),
    await ai.models
      .generateContent({ model: 'tunedModels/mine', contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] })
      .then(plain, told),
  ]);
  operation('stream', (ai) => stream(ai));
  operation('thoughts', async (ai) => [await generate(ai), await stream(ai)]);
  operation('blocked', async (ai) => [await generate(ai), await stream(ai)]);
  operation('chat', async (ai) => {
    const chat = ai.chats.create({
      model,
      history: [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: [{ text: 'b' }] },
      ],
    });
    const first = plain(await chat.sendMessage({ message: 'c' }));
    const second = await all(chat.sendMessageStream({ message: ['d', 'e'] }));
    return [first, second, chat.getHistory(), chat.getHistory(true)];
  });
  operation('tool calls of its own', async (ai) => [
    await generate(ai, { tools: [{ functionDeclarations: [{ name: 'weather' }] }] }),
    await stream(ai, { tools: [{ functionDeclarations: [{ name: 'weather' }] }] }),
  ]);
  operation('tools', async (ai) => {
    const asked = [];
    const tool = Object.freeze(makeTool(['weather', 'news'], asked));
    const tools = Object.freeze([tool, new Clock(asked)]);
    const params = { model, contents: 'Oslo', config: { tools, responseSchema: { $schema: 'x', type: 'object' } } };
    const first = plain(await ai.models.generateContent(params));
    return [first, Object.keys(params.config), params.config.tools === tools, params.contents, asked.flat()];
  });
  operation('tools in a stream', async (ai) => {
    const asked = [];
    const params = { model, contents: 'Oslo', config: { tools: [makeTool(['weather'], asked), new Clock(asked)] } };
    return [await all(ai.models.generateContentStream(params)), params.contents, asked];
  });
  operation('tools in a chat', async (ai) => {
    const asked = [];
    const chat = ai.chats.create({ model, config: { tools: [makeTool(['weather'], asked)] } });
    await chat.sendMessage({ message: 'Oslo' });
    return [await all(chat.sendMessageStream({ message: 'Rome' })), chat.getHistory(), asked];
  });
  operation('a tool that throws', async (ai) => {
    const broken = {
      ...makeTool(['weather'], []),
      callTool: async () => {
        throw new RangeError('no weather');
      },
    };
    return [await generate(ai, { tools: [broken] }), await stream(ai, { tools: [broken] })];
  });
  operation('a tool that answers nothing', async (ai) => {
    const silent = { ...makeTool(['weather'], []), callTool: async () => [] };
    const wrong = { ...silent, callTool: async () => undefined };
    return [
      await generate(ai, { tools: [silent], automaticFunctionCalling: { maximumRemoteCalls: 2 } }),
      await generate(ai, { tools: [wrong] }),
      await stream(ai, { tools: [wrong] }),
    ];
  });
  operation('no tools after all', async (ai) => {
    const asked = [];
    const tools = [makeTool(['weather'], asked)];
    const off = await generate(ai, { tools, automaticFunctionCalling: { disable: true } });
    const mixed = await generate(ai, { tools: [...tools, { functionDeclarations: [{ name: 'x' }] }] });
    const once = await generate(ai, {
      tools,
      automaticFunctionCalling: { maximumRemoteCalls: 1, ignoreCallHistory: true },
    });
    return [off, mixed, once, asked];
  });
  operation('mcp', async (ai) => {
    const asked = [];
    const tools = [sdk.mcpToTool(makeMcpClient(asked))];
    return [await generate(ai, { tools }, 'Add'), await stream(ai, { tools }, 'Add'), asked];
  });
  operation('embeddings', async (ai) =>
    [
      await ai.models.embedContent({ model: 'gemini-embedding-001', contents: 'a' }),
      await ai.models.embedContent({
        model: 'gemini-embedding-001',
        contents: ['a', 'b'],
        config: { outputDimensionality: 3 },
      }),
      await ai.models
        .embedContent({ model: 'gemini-embedding-001', contents: 'a', config: { abortSignal: AbortSignal.abort() } })
        .catch(told),
    ].map((each) => ({
      class: each.class ?? each.constructor.name,
      embeddings: each.embeddings,
      ...(each.message && each),
    })),
  );
  operation('other requests', async (ai) => [
    (await ai.models.countTokens({ model, contents: 'Hi' })).totalTokens,
    await ai.models.get({ model }).then(plain, told),
    await ai.models.generateImages({ model: 'imagen-4', prompt: 'a cat' }).then(plain, told),
    await ai.caches.create({ model, config: { contents: 'Hi' } }).then(plain, told),
  ]);
  operation('vertex', async () => {
    const ai = clientFor('vertex', { vertexai: true });
    return [
      await generate(ai),
      await stream(ai),
      await ai.models
        .embedContent({ model: 'gemini-embedding-2', contents: 'a' })
        .then((each) => each.embeddings, told),
    ];
  });
  operation('vertex of a project', async () => {
    const authClient = { getRequestHeaders: async () => new Headers({ authorization: 'Bearer t' }) };
    const ai = clientFor('vertex-of-a-project', {
      vertexai: true,
      apiKey: undefined,
      project: 'p',
      location: 'europe-west1',
      googleAuthOptions: { authClient },
    });
    return [await generate(ai, { cachedContent: 'cached' }), await stream(ai)];
  });
  operation('vertex embeddings', async () => {
    const seen = [];
    const server = createServer(async (request, response) => {
      seen.push([request.url, JSON.parse(Buffer.concat(await request.toArray()).toString())]);
      response.setHeader('content-type', 'application/json');
      response.end(
        '{"predictions":[{"embeddings":{"values":[1,2],"statistics":{"token_count":3,"truncated":false}}}]}',
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const baseUrl = `http://127.0.0.1:${server.address().port}`;
    const ai = new GoogleGenAI({ vertexai: true, apiKey: 'k', httpOptions: { baseUrl } });
    const { embeddings } = await ai.models.embedContent({ model: 'text-embedding-005', contents: ['a'] });
    server.close();
    return [embeddings, seen];
  });
  operation('errors', async (ai) => [
    await generate(ai),
    await generate(ai),
    await generate(ai),
    await stream(ai),
    await generate(ai),
  ]);
  operation('broken', async (ai) => [await generate(ai), await stream(ai), await stream(ai), await stream(ai)]);
  operation('cut', (ai) => stream(ai));
  if (major !== '1')
    operation('retries', async () => {
      const ai = clientFor('retries', { httpOptions: { retryOptions: { attempts: 3, initialDelay: 0.01 } } });
      return [await generate(ai), await generate(ai)];
    });
  operation('aborted', async (ai) => {
    const before = await generate(ai, { abortSignal: AbortSignal.timeout(60) });
    const controller = new AbortController();
    const seen = [];
    const during = await (async () => {
      const chunks = await ai.models.generateContentStream({
        model,
        contents: 'Hi',
        config: { abortSignal: controller.signal },
      });
      for await (const chunk of chunks) {
        seen.push(chunk.text);
        controller.abort();
      }
    })().catch(told);
    const late = await generate(ai, { httpOptions: { timeout: 40 } });
    return [before, seen, during, late];
  });
  operation('left', async (ai) => {
    const texts = [];
    for await (const chunk of await ai.models.generateContentStream({ model, contents: 'Hi' })) {
      texts.push(chunk.text);
      break;
    }
    const unread = await ai.models.generateContentStream({ model, contents: 'Hi' });
    const closed = await unread.return('over');
    const thrown = await ai.models.generateContentStream({ model, contents: 'Hi' });
    await thrown.next();
    const error = await thrown.throw(new RangeError('mine')).catch(told);
    return [texts, closed, error, await unread.next()];
  });
  if (major !== '1') operation('continued', async (ai) => [await generate(ai), await stream(ai)]);
  operation('shape', async (ai) => {
    const chunks = await ai.models.generateContentStream({
      model,
      contents: 'Hi',
      config: { tools: [makeTool(['weather'], [])] },
    });
    const { generateContent, generateContentStream } = ai.models;
    return [
      Object.keys(ai.models),
      Object.keys(sdk.Models.prototype),
      [generateContent, generateContentStream].map(({ name, length }) => [name, length]),
      Object.keys(chunks),
      Object.prototype.toString.call(chunks),
      chunks[Symbol.asyncIterator]() === chunks,
    ];
  });

  for (const [what, perform] of operations)
    print(what, await perform(clientFor(what)).catch((error) => ({ failed: error.stack })));
}
// The streams that were left are still open: the SDK does not close them.
process.exit();
