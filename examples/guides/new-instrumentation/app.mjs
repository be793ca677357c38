// SPDX-License-Identifier: Apache-2.0
import Groq from 'groq-sdk';
import { flow, isFlowError } from '@flow/register/api';

flow.addSubscriber('print', ({ category, scope_category: phase, name, category_profile: profile }) => {
  if (category === 'llm') console.log(phase, name, profile.model_name);
});
flow.llm.addConditionalExecution('no-secrets', ({ annotated }) =>
  JSON.stringify(annotated.messages).includes('secret') ? 'a secret in the prompt' : undefined,
);

const client = new Groq({ apiKey: 'gsk-test', baseURL: new URL(process.env.OPENAI_BASE_URL).origin });
const ask = (content) =>
  client.chat.completions.create({ model: 'llama-3.3-70b-versatile', messages: [{ role: 'user', content }] });

console.log((await ask('What is the weather?')).choices[0].message.content);
await ask('My secret is 1234').catch((error) => console.log(isFlowError(error).message));
await flow.flush();
