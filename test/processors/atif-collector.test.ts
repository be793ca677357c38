// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import type { Trajectory } from '../../src/atif/trajectory.ts';
import { type AtifCollector, collectTrajectory } from '../../src/processors/atif-collector.ts';
import { expectValidAtif } from '../support/formats/index.ts';

let collector: AtifCollector;
beforeEach(() => {
  collector = collectTrajectory();
});
afterEach(() => collector.shutdown());

const ask = (text: string): Promise<unknown> =>
  flow.llm.execute(
    { name: 'openai', request: { content: { model: 'gpt-5', messages: [{ role: 'user', content: text }] } } },
    () => ({
      model: 'gpt-5',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: `${text}!` } }],
    }),
  );

async function exported(): Promise<Trajectory> {
  const trajectory = await collector.export();
  expectValidAtif(JSON.parse(JSON.stringify(trajectory)));
  return trajectory as Trajectory;
}
const messages = async (): Promise<unknown[]> => (await exported()).steps.map(({ message }) => message);

describe('a collection window', () => {
  it('holds what ended since it was opened, and keeps it', async () => {
    await ask('one');
    expect(await messages()).toEqual(['one', 'one!']);
    await ask('two');
    expect(await messages()).toEqual(['one', 'one!', 'two', 'two!']);
  });

  it('is emptied by clear', async () => {
    await ask('one');
    collector.clear();
    expect(await collector.export()).toBeUndefined();
    await ask('two');
    expect(await messages()).toEqual(['two', 'two!']);
  });

  it('that begins in the middle of an agent knows whose steps it holds', async () => {
    await flow.scope.run('agent', { type: 'agent' }, async (agent) => {
      await ask('one');
      collector.clear();
      await ask('two');
      expect(await exported()).toMatchObject({
        agent: { name: 'agent' },
        trajectory_id: agent.uuid,
        steps: [{ message: 'two' }, { message: 'two!' }],
      });
    });
  });

  it('that opens in the middle of an agent begins there', async () => {
    await collector.shutdown();
    await flow.scope.run('agent', { type: 'agent' }, async (agent) => {
      await ask('one');
      collector = collectTrajectory();
      agent.mark('before anything ends');
      await flow.scope.run('inner', () => ask('two'));
      expect(await messages()).toEqual(['two', 'two!']);
    });
    expect(await messages()).toEqual(['two', 'two!']);
  });

  it('does not depend on others: two windows hold the same', async () => {
    const other = collectTrajectory();
    await ask('one');
    collector.clear();
    expect((await other.export())?.steps).toHaveLength(2);
    await other.shutdown();
  });

  it('waits for sanitizers, and holds what they left', async () => {
    const slow = Promise.withResolvers<unknown>();
    const { remove } = flow.llm.addSanitizeRequest('slow', () => slow.promise);
    await ask('canary');
    remove();
    const content = { model: 'gpt-5', messages: [{ role: 'user', content: 'clean' }] };
    setTimeout(() => slow.resolve({ headers: {}, content }), 20);
    expect(await messages()).toEqual(['clean', 'canary!']);
  });

  it('takes what ends inside of a scope that began before an event sanitizer cleared it', async () => {
    const { remove } = flow.event.addSanitizeScopeStart('clears', () => ({}));
    await flow.scope.run('agent', { type: 'agent' }, () => ask('one'));
    remove();
    expect(await messages()).toEqual(['one!']);
  });

  it('can be had as text', async () => {
    await flow.tool.execute({ name: 'find', args: { q: '"' } }, () => 'found');
    await ask('one');
    expect(JSON.parse((await collector.exportText({ notes: 'n' })) ?? '')).toEqual(
      await collector.export({ notes: 'n' }),
    );
    collector.clear();
    expect(await collector.exportText()).toBeUndefined();
  });

  it('is closed by shutdown', async () => {
    await collector.shutdown();
    await ask('late');
    expect(await collector.export()).toBeUndefined();
  });

  it('takes the options of a trajectory', async () => {
    await ask('one');
    const options = { sessionId: 's-1', agent: { name: 'named', version: '2.0.0' }, notes: 'note', extra: { own: 1 } };
    const trajectory = await collector.export(options);
    expect(trajectory).toMatchObject({
      session_id: 's-1',
      agent: { name: 'named', version: '2.0.0' },
      notes: 'note',
      extra: { own: 1 },
    });
    expectValidAtif(JSON.parse(JSON.stringify(trajectory)));
  });
});
