// SPDX-License-Identifier: Apache-2.0

// The same run with telemetry of the SDK and without it: `telemetry-app.mjs <major> <format> <base>`.
import { loadPackages } from './load.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
const [major, format, base] = process.argv.slice(2);
const { ai, z, createOpenAI } = await loadPackages(format);
const openai = createOpenAI({ apiKey: 'k', baseURL: `${base}/v1` });
const add = { inputSchema: z.object({ a: z.number() }), execute: ({ a }) => a };

/** Stands for the integration that makes spans since version 7. */
class OpenTelemetry {
  onStart() {}
}

for (const isEnabled of [true, false]) {
  const metadata = { sessionId: 'session-1' };
  const experimental_telemetry =
    major === '7' ? { metadata, integrations: isEnabled ? [new OpenTelemetry()] : [] } : { metadata, isEnabled };
  const model = openai.chat('gpt-test');
  await ai.generateText({
    model,
    tools: { add },
    stopWhen: ai.stepCountIs(3),
    prompt: 'hello',
    experimental_telemetry,
  });
  const result = ai.streamText({ model, prompt: 'hello', experimental_telemetry });
  for await (const delta of result.textStream) void delta;
  await ai.embed({ model: openai.textEmbeddingModel('e'), value: 'one', experimental_telemetry });
}
