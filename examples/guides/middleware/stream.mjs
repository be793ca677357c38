// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

const SECRET = /\d{16}/g;

// The rest of the chain gives an AsyncIterable; what comes out of this one is what the consumer gets.
flow.llm.addStreamExecutionIntercept('mask', async (call, next) => {
  const chunks = await next();
  return (async function* () {
    for await (const chunk of chunks) yield { ...chunk, text: chunk.text.replace(SECRET, '[card]') };
  })();
});

const stream = await flow.llm.stream(
  { name: 'my-provider', request: { content: { model: 'm' } } },
  async function* (request, call) {
    for (const text of ['Your card ', '4111111111111111', ' is valid.', ' Anything else?']) {
      if (call.signal.aborted) return;
      yield { text };
    }
  },
);
for await (const { text } of stream) {
  process.stdout.write(text);
  // Leaving early aborts call.signal and ends the call as cancelled.
  if (text.endsWith('.')) break;
}
console.log();
