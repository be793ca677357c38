// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { ROOT } from '../support/run.ts';
import { OTHER_SDKS, runBeside } from './fixtures/beside-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'flow-beside-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An SDK with Flow's processors, taken from the CommonJS copy while the flag loads the other one. */
const setUp = (cwd: keyof typeof OTHER_SDKS): string => `
  const { flowSpanProcessors } = load(${JSON.stringify(join(ROOT, 'dist/cjs/sdk.js'))});
  const spanProcessors = [...flowSpanProcessors(), processor];
  ${
    OTHER_SDKS[cwd]!.older
      ? `const { BasicTracerProvider } = load('@opentelemetry/sdk-trace-base');`
      : `const { TracerProvider: BasicTracerProvider } = load('@opentelemetry/sdk-trace');`
  }
  globalThis.provider = new BasicTracerProvider({ spanProcessors });
  load('@opentelemetry/api').trace.setGlobalTracerProvider(provider);`;

const CODE = `
  const { readFileSync, readdirSync } = process.getBuiltinModule('node:fs');
  flow.tool.addSanitizeResponse('slow', async (result) => (await new Promise((resolve) => setTimeout(resolve, 30)), result));
  await flow.scope.run('agent', { type: 'agent' }, async () => {
    const messages = [{ role: 'user', content: 'hello' }];
    const answer = { model: 'm', choices: [{ message: { role: 'assistant', content: 'hi' } }] };
    await flow.llm.execute({ name: 'model', request: { content: { model: 'm', messages } }, codec: codecs.openaiChat }, () => answer);
    await flow.tool.execute({ name: 'tool', args: {} }, () => 1);
  });
  await provider.forceFlush();
  const written = readFileSync(process.env.FLOW_ATOF_FILE, 'utf8').trimEnd().split('\\n').length;
  console.log(JSON.stringify({ written, documents: readdirSync(process.env.FLOW_ATIF_DIR).length, got: got.toSorted() }));`;

const cases = [
  { who: 'a TracerProvider 3.x', when: 'before', mode: 'register' },
  { who: 'a TracerProvider 3.x', when: 'after', mode: 'hooks' },
  { who: 'a BasicTracerProvider 2.x', when: 'before', mode: 'register' },
] as const;

describe('files under the SDK of an application that has flowSpanProcessors()', () => {
  it.each(cases)(
    'hold everything once when its forceFlush has waited: $who $when @flow/$mode',
    async ({ who, when, mode }) => {
      const dir = mkdtempSync(join(folder, 'run-'));
      const env = { FLOW_ATOF_FILE: join(dir, 'events.jsonl'), FLOW_ATIF_DIR: join(dir, 'atif') };
      const { cwd, older } = OTHER_SDKS[who]!;
      const { code, stdout, stderr } = await runBeside({ cwd, setUp: setUp(who), when, mode, code: CODE, env });
      expect({ code, lines: stderr.split('\n').filter((line) => line !== '').length }).toEqual({
        code: 0,
        lines: older ? 1 : 0,
      });
      expect(JSON.parse(stdout)).toEqual({
        written: 6,
        documents: 1,
        got: older ? [] : ['chat m', 'execute_tool tool', 'invoke_agent agent'],
      });

      const events = readFileSync(env.FLOW_ATOF_FILE, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { uuid: string; scope_category: string });
      expect(new Set(events.map(({ uuid, scope_category: phase }) => `${uuid} ${phase}`)).size).toBe(6);
      expect(events).toHaveLength(6);
      const [name] = readdirSync(env.FLOW_ATIF_DIR);
      const { steps } = JSON.parse(readFileSync(join(env.FLOW_ATIF_DIR, name as string), 'utf8')) as {
        steps: { source: string }[];
      };
      expect(steps.map(({ source }) => source)).toEqual(['user', 'agent', 'agent']);
    },
  );

  it('cost no warning where the SDK came before Flow, and a line with FLOW_LOG=info says where spans go', async () => {
    const { cwd } = OTHER_SDKS['a TracerProvider 3.x']!;
    const env = { FLOW_LOG: 'info' };
    const { stderr } = await runBeside({ cwd, setUp: setUp('a TracerProvider 3.x'), when: 'before', code: '', env });
    expect(stderr).toContain(
      'another OpenTelemetry SDK (TracerProvider) is registered, so Flow starts none, and its spans go there\n',
    );
  });
});
