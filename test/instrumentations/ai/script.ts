// SPDX-License-Identifier: Apache-2.0
import type { ReplyScript } from '../../support/openai-server/reply.ts';

const seen = new Map<string, number>();

/** What the models of these applications answer where it is no ordinary answer: the last prompt says it. */
export const script: ReplyScript = ({ body, raw, base }) => {
  const text = raw.toString('utf8');
  const [, status, once] = /answer (\d+)( once)?/.exec(text) ?? [];
  if (status !== undefined) {
    const key = `${base} ${once}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (once !== undefined && count > 1) return {};
    return { status: Number(status), headers: { 'retry-after-ms': '1' }, error: { message: `answer ${status}` } };
  }
  if (text.includes('hang')) return { hang: true };
  if (text.includes('no json')) return { raw: 'no json', headers: { 'content-type': 'application/json' } };
  if (text.includes('fail midway'))
    return { text: 'one two three', errorAfterChunks: 2, error: { message: 'overloaded' } };
  const length = text.includes('endlessly') ? 1000 : 20;
  const first = text.includes('object') ? '{"a":"' : '';
  return (body as { stream?: boolean }).stream === true && /slowly|endlessly/.test(text)
    ? { chunks: Array.from({ length }, (_, index) => `${index === 0 ? first : ''}${index} `), chunkDelay: 3 }
    : {};
};
