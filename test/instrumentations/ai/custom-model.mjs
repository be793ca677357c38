// SPDX-License-Identifier: Apache-2.0

// A model that an application has written itself, for each version of the SDK's interface: it sends nothing.
const VERSIONS = { 5: 'v2', 6: 'v3', 7: 'v4' };

export function customModel(major, answer) {
  const usage =
    major === '5'
      ? { inputTokens: 3, outputTokens: 2, totalTokens: 5 }
      : { inputTokens: { total: 3, cacheRead: 1 }, outputTokens: { total: 2, reasoning: 1 } };
  const reason = (unified) => (major === '5' ? unified : { unified, raw: unified });
  const model = {
    specificationVersion: VERSIONS[major],
    provider: 'homemade',
    modelId: 'tiny',
    supportedUrls: {},
    asked: [],
    async doGenerate(options) {
      this.asked.push(options);
      const content = answer(options, this.asked.length);
      const last = content.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop';
      return { content, finishReason: reason(last), usage, warnings: [] };
    },
    async doStream(options) {
      const { content, finishReason } = await this.doGenerate(options);
      const parts = [{ type: 'stream-start', warnings: [] }];
      for (const [index, part] of content.entries()) {
        const id = String(index);
        if (part.type === 'text')
          parts.push(
            { type: 'text-start', id },
            { type: 'text-delta', id, delta: part.text },
            { type: 'text-end', id },
          );
        else parts.push(part);
      }
      parts.push({ type: 'finish', finishReason, usage });
      return { stream: ReadableStream.from(parts) };
    },
  };
  return model;
}

export const text = (said) => [{ type: 'text', text: said }];
