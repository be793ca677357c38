// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

/** A provider with a wire format of its own: { ask, heat } and { said, cost: { in, out } }. */
const parrot = {
  id: 'parrot',
  operation: 'chat',
  decodeRequest: ({ ask, heat }) => ({ messages: [{ role: 'user', content: ask }], params: { temperature: heat } }),
  encodeRequest: (edited, original) => ({
    ...original,
    ask: edited.messages[0].content,
    heat: edited.params.temperature,
  }),
  decodeResponse: ({ said, cost }) => ({
    message: said,
    finish_reason: 'complete',
    usage: { input_tokens: cost.in, output_tokens: cost.out },
  }),
  accumulator() {
    let said = '';
    return {
      push: (chunk) => void (said += chunk.word),
      response: () => (said === '' ? undefined : { said, cost: { in: 1, out: said.length } }),
    };
  },
};

flow.llm.addRequestIntercept('cool', ({ annotated }) => ({ annotated: { ...annotated, params: { temperature: 0 } } }));
flow.addSubscriber('print', ({ scope_category, data }) => console.log(scope_category, JSON.stringify(data)));

const stream = await flow.llm.stream(
  { name: 'parrot', codec: parrot, request: { content: { ask: 'Hello', heat: 1 } } },
  async function* () {
    yield { word: 'Hello' };
    yield { word: '!' };
  },
);
for await (const { word } of stream) process.stdout.write(word);
console.log();
