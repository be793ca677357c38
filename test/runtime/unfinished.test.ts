// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { type Recorder, outline, startRecorder } from './recorder.ts';

const { closeOpenScopes } = getRuntime().internals;

let recorder: Recorder;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => recorder.stop());

const unfinished = { 'otel.status_code': 'UNSET', 'flow.end_reason': 'unfinished' };

describe('what is still open when the process ends', () => {
  it('is closed innermost first, marked as unfinished, with its data', async () => {
    const outer = flow.scope.start('outer', { data: { kept: 1 } });
    const inner = flow.scope.start('inner', { parent: outer });
    closeOpenScopes();
    expect([outer.ended, inner.ended]).toEqual([true, true]);
    const events = await recorder.take();
    expect(outline(events)).toEqual(['start outer', 'start inner', 'end inner', 'end outer']);
    expect(events[2]?.metadata).toMatchObject(unfinished);
    expect(events[3]).toMatchObject({ data: { kept: 1 }, metadata: unfinished });
  });

  it('stays closed: a call that returns after all is not ended a second time, and its caller gets the result', async () => {
    const finish = Promise.withResolvers<string>();
    const call = flow.tool.execute({ name: 't', args: 1 }, () => finish.promise);
    await flow.flush();
    closeOpenScopes();
    finish.resolve('done');
    expect(await call).toBe('done');
    const events = await recorder.take();
    expect(outline(events)).toEqual(['start t', 'end t']);
    expect(events[1]?.metadata).toMatchObject(unfinished);
  });

  it('is nothing where all has ended', async () => {
    flow.scope.run('s', () => 1);
    await recorder.take();
    closeOpenScopes();
    expect(await recorder.take()).toEqual([]);
  });
});
