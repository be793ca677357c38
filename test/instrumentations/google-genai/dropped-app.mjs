// SPDX-License-Identifier: Apache-2.0

// A stream that nobody reads nor keeps: prints how its call ended.
import { setImmediate } from 'node:timers/promises';
import { flow } from '@flow/register/api';
import { load } from './load.mjs';

globalThis.fetch = async () => new Response('data: {}\n\n', { headers: { 'content-type': 'text/event-stream' } });
const { GoogleGenAI } = await load('esm');
const ai = new GoogleGenAI({ apiKey: 'k' });
const ended = [];
flow.addSubscriber('end', ({ category, scope_category: phase, metadata }) => {
  if (category === 'llm' && phase === 'end') ended.push(metadata['otel.status_description']);
});
await (async () => void (await ai.models.generateContentStream({ model: 'gemini-3-flash', contents: 'Hi' })))();
for (let turn = 0; turn < 200 && ended.length === 0; turn++) {
  globalThis.gc();
  await setImmediate();
}
console.log(ended[0] ?? 'never');
