// SPDX-License-Identifier: Apache-2.0

// Every operation of the framework, once: one line of JSON for each says what the application sees. Loaded by an ES module and by a CommonJS one.
import { settled } from './settled.mjs';

/** A tool made by hand: an instance of a class with private members. */
class Clock {
  type = 'function';
  name = 'clock';
  description = 'tells the time';
  parameters = { type: 'object', properties: {}, required: [], additionalProperties: false };
  strict = true;
  #time = 'noon';
  async invoke() {
    return `it is ${this.#time}`;
  }
  async needsApproval() {
    return this.#time === 'never';
  }
  isEnabled = true;
}

const told = (error) => {
  if (!(error instanceof Error)) return String(error);
  const { name, message, constructor, status, code } = error;
  const inner = error.error === undefined ? undefined : told(error.error);
  return { class: constructor.name, name, message, status, code, inner, keys: Object.keys(error).join() };
};

const usageOf = ({ state }) => state.usage ?? state._context.usage;

const summary = (result) => ({
  output: result.finalOutput,
  last: result.lastAgent?.name,
  items: result.newItems.map((item) => [item.type, item.agent?.name, item.rawItem.name, item.rawItem.callId]),
  usage: [usageOf(result).requests, usageOf(result).totalTokens],
});

async function readAll(stream) {
  const events = [];
  for await (const event of stream) events.push(event.name ?? event.data?.type ?? event.agent?.name);
  await stream.completed;
  return { events, ...summary(stream) };
}

export async function operate(agents, OpenAI, z, origin) {
  const { Agent, Runner, run, tool, MemorySession } = agents;
  const print = (operation, seen) => console.log(JSON.stringify({ operation, seen }));
  const use = (name) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: `${origin}/${name}/v1`, maxRetries: 0 });
    agents.setDefaultOpenAIClient(client);
  };
  const operations = [];
  const operation = (name, perform) => operations.push([name, perform]);

  // The framework's own traces go where the application sends them.
  const traced = [];
  const note =
    (what) =>
    async ({ type, name, spanData, error }) =>
      void traced.push([what, spanData?.type ?? type, spanData?.name ?? name, error?.message]);
  agents.setTraceProcessors([
    {
      onTraceStart: note('start'),
      onTraceEnd: note('end'),
      onSpanStart: note('start'),
      onSpanEnd: note('end'),
      shutdown: async () => undefined,
      forceFlush: async () => undefined,
    },
  ]);
  agents.setTracingDisabled(false);

  const city = z.object({ city: z.string() });
  const weather = Object.freeze(
    tool({
      name: 'get_weather',
      description: 'weather of a city',
      parameters: city,
      execute: async ({ city: where }, context, details) => `sunny in ${where} (${details?.toolCall?.callId})`,
    }),
  );
  const failing = (options) =>
    tool({
      description: 'fails',
      parameters: city,
      execute: async () => {
        throw new RangeError('out of order');
      },
      ...options,
    });
  const agent = (name, options) => new Agent({ name, instructions: `You are ${name}.`, model: 'gpt-4o', ...options });
  const helper = agent('helper', { tools: [weather] });
  const paris = 'What is the weather in Paris?';

  operation('a run', async () => summary(await run(helper, paris)));
  operation('a list as input', async () => summary(await run(helper, [agents.user('Hello there Bob')])));
  operation('a run of chat completions', async () => {
    agents.setOpenAIAPI('chat_completions');
    const plain = summary(await run(helper, paris));
    const streamed = await readAll(await run(helper, paris, { stream: true }));
    agents.setOpenAIAPI('responses');
    return { plain, streamed };
  });
  operation('a stream', async () => readAll(await run(helper, paris, { stream: true })));
  operation('a stream of text', async () => {
    const stream = await run(agent('talker'), 'Say Hello', { stream: true });
    const texts = [];
    for await (const text of stream.toTextStream()) texts.push(text);
    await stream.completed;
    return texts;
  });
  operation('a stream that nobody reads', async () => {
    const stream = await run(helper, paris, { stream: true });
    await stream.completed;
    return [stream.finalOutput, stream.error, stream.cancelled];
  });
  operation('a stream that is left', async () => {
    const stream = await run(helper, paris, { stream: true });
    for await (const _ of stream) break;
    await settled(stream.completed);
    return [stream.cancelled, String(stream.error)];
  });
  operation('an aborted run', async () => {
    const signal = AbortSignal.abort();
    const plain = await run(helper, paris, { signal }).catch(told);
    const stream = await run(helper, paris, { signal, stream: true });
    const end = await stream.completed.then(() => 'completed', told);
    return { plain, end, cancelled: stream.cancelled };
  });
  operation('a handoff', async () => {
    const refunds = agent('refunds', { tools: [weather], handoffDescription: 'money back' });
    const triage = agents.Agent.create({ name: 'triage', model: 'gpt-4o', handoffs: [refunds] });
    const events = [];
    for (const each of [refunds, triage])
      for (const type of ['agent_start', 'agent_end', 'agent_handoff', 'agent_tool_start'])
        each.on(type, (...args) => events.push([each.name, type, args.length]));
    const runner = new Runner({ workflowName: 'support', groupId: 'chat-1', modelSettings: { temperature: 0 } });
    runner.on('agent_handoff', (_, from, to) => events.push(['runner', from.name, to.name]));
    runner.on('agent_tool_start', (_, by, started) => events.push(['runner', by.name, started === weather]));
    const plain = summary(await runner.run(triage, 'I want my money Back'));
    const streamed = await readAll(await runner.run(triage, 'I want my money Back', { stream: true }));
    return { plain, streamed, events };
  });
  operation('guardrails', async () => {
    const passing = { name: 'polite', execute: async ({ input }) => ({ tripwireTriggered: false, outputInfo: input }) };
    const tripping = { name: 'no tests', execute: async () => ({ tripwireTriggered: true, outputInfo: 'a test' }) };
    const broken = {
      name: 'broken',
      runInParallel: false,
      execute: async () => {
        throw new TypeError('no model');
      },
    };
    const runner = new Runner({ inputGuardrails: [passing], outputGuardrails: [Object.freeze({ ...passing })] });
    const passed = await runner.run(agent('guarded', { inputGuardrails: [passing] }), 'Hello');
    const ask = (options) => run(agent('guarded', options), 'Hello').catch(told);
    return {
      passed: [passed.inputGuardrailResults, passed.outputGuardrailResults].map((all) =>
        all.map(({ guardrail, output }) => ({ guardrail, output })),
      ),
      input: await ask({ inputGuardrails: [tripping] }),
      output: await ask({ outputGuardrails: [tripping] }),
      broken: await ask({ inputGuardrails: [broken] }),
      streamed: await run(agent('guarded', { inputGuardrails: [tripping] }), 'Hello', { stream: true })
        .then((stream) => stream.completed)
        .catch(told),
    };
  });
  operation('tools', async () => {
    const ask = (tools, options) =>
      run(agent('worker', { tools, ...options }), paris, {}).then(
        (result) => [summary(result), result.newItems.map((item) => item.output)],
        told,
      );
    const aborts = tool({
      name: 'slow',
      description: 'waits',
      parameters: z.object({}),
      timeoutMs: 20,
      execute: (_, __, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    const strict = tool({
      name: 'strict',
      description: 's',
      parameters: z.object({ city: z.string().max(2) }),
      execute: () => 'ran',
    });
    const named = tool({
      description: 'n',
      parameters: city,
      execute: async function find_it() {
        return { found: 1 };
      },
    });
    return {
      byHand: await ask([new Clock()]),
      failing: await ask([failing({ name: 'fails' })]),
      answered: await ask([failing({ name: 'fails', errorFunction: (_, error) => `sorry: ${error.message}` })]),
      thrown: await ask([failing({ name: 'fails', errorFunction: null })]),
      strict: await ask([strict]),
      slow: await ask([aborts]),
      named: await ask([named]),
      several: await ask([weather, named, failing({ name: 'fails' })]),
      stopping: await ask([weather], { toolUseBehavior: 'stop_on_first_tool' }),
      disabled: await ask([
        tool({ name: 'off', description: 'o', parameters: city, isEnabled: false, execute: () => 'x' }),
      ]),
    };
  });
  operation('an approval', async () => {
    const seen = [];
    const deletes = tool({
      name: 'delete_it',
      description: 'deletes',
      parameters: city,
      needsApproval: async (_, given) => (seen.push(given), true),
      execute: async (given) => `deleted ${given.city}`,
    });
    const careful = agent('careful', { tools: [deletes] });
    const boss = agent('boss', { tools: [careful.asTool({ toolName: 'ask_careful', toolDescription: 'asks' })] });
    const resume = async (top) => {
      const first = await run(top, 'Remove all of Paris');
      const [asked] = first.interruptions;
      const names = [asked?.rawItem.name, asked?.agent?.name];
      // Earlier versions do not tell of one inside of a tool.
      if (asked === undefined) return [names, first.finalOutput];
      const state = await agents.RunState.fromString(top, first.state.toString());
      state.approve(state.getInterruptions()[0]);
      return [names, first.finalOutput, summary(await run(top, state))];
    };
    const nested = await resume(boss);
    return { own: await resume(careful), nested, seen };
  });
  operation('agents as tools', async () => {
    const boss = agent('boss', {
      tools: [helper.asTool({ toolName: 'ask_helper', toolDescription: 'asks' }), Object.freeze(weather)],
    });
    const told = [];
    const onStream = ({ event, toolCall }) => void told.push([event.type, toolCall?.name]);
    const streaming = helper.asTool({ toolName: 'ask_helper', toolDescription: 'asks', onStream });
    const both = await run(agent('boss', { tools: [streaming] }), paris);
    const plain = summary(await run(boss, paris));
    return [plain, await readAll(await run(boss, paris, { stream: true })), summary(both), told];
  });
  operation('a session', async () => {
    if (MemorySession === undefined) return 'since 0.3';
    const session = new MemorySession({ sessionId: 'session-1' });
    await run(helper, paris, { session });
    const second = await run(helper, 'And how about Oslo?', { session });
    return [summary(second), (await session.getItems()).length];
  });
  operation('tools of an MCP server', async () => {
    const server = {
      name: 'maps',
      cacheToolsList: true,
      connect: async () => undefined,
      close: async () => undefined,
      invalidateToolsCache: async () => undefined,
      listTools: async () => [
        {
          name: 'route',
          description: 'a route',
          inputSchema: {
            type: 'object',
            properties: { to: { type: 'string' } },
            required: ['to'],
            additionalProperties: false,
          },
        },
      ],
      callTool: async (name, args) => [{ type: 'text', text: `${name} to ${args.to}` }],
    };
    return summary(await run(agent('driver', { mcpServers: [server] }), 'Take me to Lima'));
  });
  operation('a type of output', async () => {
    const result = await run(agent('typed', { outputType: z.object({ city: z.string() }) }), paris);
    return [result.finalOutput, result.output.map((item) => item.type)];
  });
  operation('a tool of the provider', async () => {
    const search = agents.webSearchTool ? [agents.webSearchTool()] : [];
    return summary(await run(agent('searcher', { tools: search }), 'Hello'));
  });
  operation('errors', async () => {
    const ask = (question, options) => run(helper, question, options).then(summary, told);
    const stream = await run(helper, 'Please answer 500', { stream: true });
    const read = await readAll(stream).catch(told);
    return {
      server: await ask('Please answer 500'),
      stream: read,
      completed: await stream.completed.catch(told),
      turns: await ask(paris, { maxTurns: 1 }),
      input: await run(helper, paris, { conversationId: 'conv_1' }).then(summary, told),
    };
  });
  operation('a model of its own', async () => {
    const message = {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'own' }],
    };
    const usage = new agents.Usage();
    const model = {
      getResponse: async () => ({ output: [message], usage, responseId: 'r' }),
      getStreamedResponse: async function* () {},
    };
    return summary(await run(agent('own', { model }), 'Hello'));
  });
  operation('own traces', async () => {
    const before = traced.length;
    await agents.withTrace('mine', async () => {
      await run(helper, paris);
      await run(agent('worker', { tools: [failing({ name: 'fails' })] }), paris);
    });
    return traced.slice(before);
  });
  operation('exports', async () => [
    Object.keys(agents).length,
    [run, tool, Runner.prototype.run, agents.invokeFunctionTool, agents.defineOutputGuardrail].map((fn) => [
      fn?.name,
      fn?.length,
    ]),
    Object.getOwnPropertyNames(Runner.prototype).join(),
    Object.getOwnPropertyNames(Agent.prototype).join(),
  ]);

  for (const [name, perform] of operations) {
    use(encodeURIComponent(name.replaceAll(' ', '-')));
    print(name, await perform().catch((error) => ({ failed: error.stack })));
  }
  print('all traces', traced);
}
