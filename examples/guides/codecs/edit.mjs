// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

// One intercept for every provider: it reads and edits the shape that they share.
flow.llm.addRequestIntercept('house-rules', ({ annotated }) => {
  if (annotated === undefined) return undefined;
  const messages = annotated.messages.map((message) =>
    message.role === 'system' ? { ...message, content: `${message.content} Never give medical advice.` } : message,
  );
  return { annotated: { ...annotated, messages, params: { ...annotated.params, temperature: 0 } } };
});

const content = {
  model: 'gpt-5',
  messages: [
    { role: 'system', content: 'You are a librarian.' },
    { role: 'user', content: [{ type: 'text', text: 'A book on tides?' }], vendor_field: 1 },
  ],
  vendor_option: { beta: true },
};
const sent = await flow.llm.execute({ name: 'openai', request: { content } }, async (request) => request.content);
console.log(JSON.stringify(sent, null, 2));
// What the edit did not name is the same object as before.
console.log(sent.messages[1] === content.messages[1], sent.vendor_option === content.vendor_option);
