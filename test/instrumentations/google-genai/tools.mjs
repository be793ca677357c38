// SPDX-License-Identifier: Apache-2.0

/** A function as the model is told of it. */
export const declare = (name) => ({ name, [FIELD]: SCHEMA });
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
// The first versions do not know the newer field.
const FIELD = process.env.TEST_VERSIONS === 'oldest' ? 'parameters' : 'parametersJsonSchema';

/** A tool that the SDK calls by itself. */
export const makeTool = (names, asked, answer = ({ args }) => ({ output: `sunny in ${args.city}` })) => ({
  tool: async () => ({ functionDeclarations: names.map(declare) }),
  callTool: async (calls) => {
    asked.push(calls.map(({ name, args, id }) => ({ name, args, id })));
    return calls
      .filter(({ name }) => names.includes(name))
      .map((call) => ({
        functionResponse: { ...(call.id && { id: call.id }), name: call.name, response: answer(call) },
      }));
  },
});

/** The same as a class that keeps things to itself. */
export class Clock {
  #asked;
  constructor(asked) {
    this.#asked = asked;
  }
  async tool() {
    return { functionDeclarations: [declare('now')] };
  }
  async callTool(calls) {
    this.#asked.push(calls.map(({ name, args }) => ({ name, args })));
    const mine = calls.filter(({ name }) => name === 'now');
    return mine.map(({ name }) => ({ functionResponse: { name, response: { output: 'noon' } } }));
  }
}

/** What the SDK needs of an MCP client. */
export const makeMcpClient = (asked) => ({
  listTools: async () => ({
    tools: ['add', 'fail'].map((name) => ({
      name,
      inputSchema: { type: 'object', properties: { a: { type: 'number' } } },
    })),
  }),
  callTool: async ({ name, arguments: args }) => {
    asked.push([name, args]);
    if (name === 'fail') return { isError: true, content: [{ type: 'text', text: 'out of order' }] };
    return { content: [{ type: 'text', text: JSON.stringify(args) }] };
  },
});
