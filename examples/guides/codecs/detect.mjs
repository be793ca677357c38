// SPDX-License-Identifier: Apache-2.0
import { codecs } from '@flow/register/api';

const request = { model: 'gpt-5', input: 'Hello', instructions: 'Be brief.' };
console.log(codecs.detect(request).id, codecs.detect(request).decodeRequest(request));

// The same answer from three providers: 10 tokens in, 4 of them from a cache, 2 out.
const responses = [
  {
    choices: [{ message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } },
  },
  {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'Hello.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 6, output_tokens: 2, cache_read_input_tokens: 4 },
  },
  {
    candidates: [{ content: { role: 'model', parts: [{ text: 'Hello.' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 2, cachedContentTokenCount: 4 },
  },
];
for (const response of responses) {
  const codec = codecs.detect(response);
  const { message, finish_reason, usage } = codec.decodeResponse(response);
  console.log(codec.id, message, finish_reason, usage.input_tokens, usage.cache_read_tokens, usage.output_tokens);
}
console.log(codecs.detect({ prompt: 'something else' }));
