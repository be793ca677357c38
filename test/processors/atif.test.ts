// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { flow } from '../../src/api/index.ts';
import type { JsonObject } from '../../src/atof/event.ts';
import type { Trajectory } from '../../src/atif/trajectory.ts';
import { type AtifProcessor, createAtifProcessor } from '../../src/processors/atif.ts';
import type { Diagnostic } from '../../src/runtime/diagnostics.ts';
import { expectValidAtif } from '../support/formats/index.ts';

let folder: string;
let atif: AtifProcessor;
let diagnostics: Diagnostic[];
let undo: (() => unknown)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flow-atif-'));
  diagnostics = [];
  undo = [flow.onDiagnostic((diagnostic) => void diagnostics.push(diagnostic))];
  atif = createAtifProcessor({ dir: join(folder, 'atif') });
});
afterEach(async () => {
  for (const each of undo) each();
  await atif.shutdown();
  rmSync(folder, { recursive: true });
});

/** All documents that are there, by file name. Fails unless each is a valid one. */
function documents(dir: string = join(folder, 'atif')): Record<string, Trajectory> {
  const names = readdirSync(dir).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const document = JSON.parse(readFileSync(join(dir, name), 'utf8')) as Trajectory;
      expectValidAtif(document);
      return [name, document];
    }),
  );
}

const ask = (text: string): Promise<unknown> =>
  flow.llm.execute(
    { name: 'openai', request: { content: { model: 'gpt-5', messages: [{ role: 'user', content: text }] } } },
    () => ({
      model: 'gpt-5',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: `${text}!` } }],
    }),
  );
const messagesOf = ({ steps }: Trajectory): unknown[] => steps.map(({ message }) => message);

describe('the documents of a folder', () => {
  it('are one for each top-level agent scope, with the agents within it inside', async () => {
    const agents = ['one', 'two'].map(async (name) =>
      flow.scope.run(name, { type: 'agent' }, async (agent) => {
        await ask(name);
        await flow.scope.run('helper', { type: 'agent' }, () => ask('help'));
        return agent.uuid;
      }),
    );
    const uuids = await Promise.all(agents);
    await flow.flush();
    const all = documents();
    expect(Object.keys(all)).toEqual(uuids.map((uuid) => `${uuid}.atif.json`).toSorted());
    expect(
      Object.values(all)
        .map(({ agent, subagent_trajectories: nested }) => [agent.name, nested?.map((each) => each.agent.name)])
        .toSorted(),
    ).toEqual([
      ['one', ['helper']],
      ['two', ['helper']],
    ]);
  });

  it('are one for agents that take turns in one conversation', async () => {
    const speak = (name: string): Promise<unknown> => flow.scope.run(name, { type: 'agent' }, () => ask(name));
    const talk = flow.scope.start('talk', { metadata: { 'flow.trajectory': true } });
    await talk.run(async () => {
      await speak('one');
      await speak('two');
    });
    talk.end();
    await flow.flush();
    const [[name, { agent, steps }] = expect.unreachable(), ...more] = Object.entries(documents());
    expect([name, more]).toEqual([`${talk.uuid}.atif.json`, []]);
    const said = steps.map(({ message, extra }) => [message, (extra?.['ancestry'] as JsonObject)?.['parent_name']]);
    expect([agent.name, said]).toEqual([
      'one',
      [
        ['one', 'one'],
        ['one!', 'one'],
        ['two', 'two'],
        ['two!', 'two'],
      ],
    ]);
  });

  it('are one for each root where no agent is around', async () => {
    await flow.scope.isolate(() => flow.scope.run('task', () => ask('isolated')));
    await flow.scope.isolate(async () => {
      await ask('first');
      await flow.tool.execute({ name: 'find', args: {} }, () => 'found');
    });
    await flow.flush();
    expect(Object.values(documents()).map(messagesOf).toSorted()).toEqual([
      ['first', 'first!', ''],
      ['isolated', 'isolated!'],
    ]);
  });

  it('follow an agent that is not the outermost scope', async () => {
    await flow.scope.run('request', async () => {
      await flow.scope.run('agent', { type: 'agent' }, () => ask('hi'));
    });
    await flow.flush();
    expect(Object.values(documents()).map(({ agent }) => agent.name)).toEqual(['agent']);
  });

  it('are written anew after each end, and say what is still open', async () => {
    const agent = flow.scope.start('agent', { type: 'agent' });
    await agent.run(() => ask('one'));
    await flow.flush();
    const name = `${agent.uuid}.atif.json`;
    expect(documents()[name]).toMatchObject({
      steps: [{ message: 'one' }, { message: 'one!' }],
      extra: { unfinished: [{ name: 'agent' }] },
    });
    await agent.run(() => ask('two'));
    agent.end();
    await flow.flush();
    const document = documents()[name];
    expect(document?.steps).toHaveLength(4);
    expect(document?.extra?.['unfinished']).toBeUndefined();
  });

  it('are written soon after an end also when nobody flushes, and the end does not wait for it', async () => {
    await flow.scope.run('agent', { type: 'agent' }, () => ask('hi'));
    expect(readdirSync(folder)).toEqual([]);
    await vi.waitFor(() => expect(Object.keys(documents())).toHaveLength(1), 5000);
  });

  it('get what ends after their agent has ended: a stream that it returned', async () => {
    const chunk = {
      id: 'c',
      object: 'chat.completion.chunk',
      model: 'gpt-5',
      choices: [{ index: 0, delta: { role: 'assistant', content: 'streamed' }, finish_reason: 'stop' }],
    };
    const content = { model: 'gpt-5', messages: [{ role: 'user', content: 'stream' }], stream: true };
    const stream = await flow.scope.run('agent', { type: 'agent' }, async () => {
      await ask('first');
      return flow.llm.stream({ name: 'openai', request: { content } }, async function* chunks() {
        yield chunk;
      });
    });
    await flow.flush();
    expect(Object.values(documents()).map(messagesOf)).toEqual([['first', 'first!']]);
    for await (const each of stream) expect(each).toBe(chunk);
    await flow.flush();
    expect(Object.values(documents()).map(messagesOf)).toEqual([['first', 'first!', 'stream', 'streamed']]);
  });

  it('tell of calls that a guardrail refused', async () => {
    const { remove } = flow.tool.addConditionalExecution('no', () => 'not allowed');
    await flow.scope.isolate(async () => {
      await ask('hi');
      await expect(flow.tool.execute({ name: 'rm', args: {} }, () => 1)).rejects.toThrow('not allowed');
    });
    remove();
    await flow.flush();
    expect(JSON.stringify(documents())).toContain('not allowed');
  });

  it('are for their owner alone', async () => {
    await ask('hi');
    await flow.flush();
    const [name = ''] = readdirSync(join(folder, 'atif'));
    expect([statSync(join(folder, 'atif')).mode & 0o777, statSync(join(folder, 'atif', name)).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
  });

  it('never take the place of a file that was there before', async () => {
    const other = createAtifProcessor({ dir: folder });
    const agent = flow.scope.start('agent', { type: 'agent' });
    writeFileSync(join(folder, `${agent.uuid}.atif.json`), 'somebody else');
    await agent.run(() => ask('hi'));
    agent.end();
    await other.shutdown();
    expect(readFileSync(join(folder, `${agent.uuid}.atif.json`), 'utf8')).toBe('somebody else');
    expect(JSON.parse(readFileSync(join(folder, `${agent.uuid}.2.atif.json`), 'utf8'))).toMatchObject({
      trajectory_id: agent.uuid,
    });
  });

  it('can be of version 1.6', async () => {
    const other = createAtifProcessor({ dir: join(folder, 'old'), version: '1.6' });
    await flow.scope.run('agent', { type: 'agent' }, () => ask('hi'));
    await other.shutdown();
    expect(Object.values(documents(join(folder, 'old'))).map((document) => document.schema_version)).toEqual([
      'ATIF-v1.6',
    ]);
  });

  it('are not written for what holds no step', async () => {
    await flow.scope.run('agent', { type: 'agent' }, () => flow.scope.mark('m'));
    await flow.flush();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('sanitizers', () => {
  it('have finished before anything is written, also of scopes that are still open around what ended', async () => {
    const slow = Promise.withResolvers<unknown>();
    undo.push(flow.llm.addSanitizeRequest('slow', () => slow.promise).remove);
    const content = { model: 'gpt-5', messages: [{ role: 'user', content: 'canary' }] };
    const open = Promise.withResolvers<unknown>();
    const call = flow.llm.execute({ name: 'openai', request: { content } }, async () => {
      await flow.tool.execute({ name: 'find', args: {} }, () => 'found');
      return open.promise;
    });
    await vi.waitFor(() => expect(Object.keys(documents())).toHaveLength(1), 5000);
    expect(JSON.stringify(documents())).not.toContain('canary');
    slow.resolve({ headers: {}, content: { ...content, messages: [{ role: 'user', content: 'clean' }] } });
    open.resolve('answer');
    await call;
    await atif.forceFlush();
    expect(JSON.stringify(documents())).toContain('clean');
    expect(JSON.stringify(documents())).not.toContain('canary');
  });

  it('are waited for by forceFlush and by shutdown', async () => {
    undo.push(
      flow.event.addSanitizeScopeEnd('slow', async (event) => {
        await sleep(30);
        return event;
      }).remove,
    );
    await flow.scope.run('one', { type: 'agent' }, () => ask('one'));
    await atif.forceFlush();
    expect(Object.keys(documents())).toHaveLength(1);
    await flow.scope.run('two', { type: 'agent' }, () => ask('two'));
    await atif.shutdown();
    expect(Object.keys(documents())).toHaveLength(2);
  });
});

describe('documents that hold much', () => {
  it('are closed, oldest first, when they hold too much together; what comes for one later begins a new file', async () => {
    const text = 'x'.repeat(4 * 1024 * 1024);
    const places: { root: string; again: () => Promise<unknown> }[] = [];
    for (let i = 0; i < 12; i++)
      await flow.scope.isolate(async () => {
        const place = flow.scope.capture();
        places.push({ root: flow.scope.current().uuid, again: () => place.run(() => ask('later')) });
        await ask(text);
      });
    const { length } = places;
    for (const { again } of [places[0], places[length - 1]] as typeof places) await again();
    await atif.forceFlush();
    const names = readdirSync(join(folder, 'atif'));
    const filesOf = (index: number): number =>
      names.filter((name) => name.startsWith(places[index]?.root ?? '?')).length;
    expect([filesOf(0), filesOf(length - 1)]).toEqual([2, 1]);
  });
});

describe('a folder that cannot be written', () => {
  it('costs one report each time, and the application nothing', async () => {
    writeFileSync(join(folder, 'atif'), 'a file');
    expect(await flow.scope.run('agent', { type: 'agent' }, () => ask('hi'))).toMatchObject({ model: 'gpt-5' });
    await flow.flush();
    expect(diagnostics).toMatchObject([
      { source: 'atif', name: join(folder, 'atif'), error: { code: expect.stringMatching(/EEXIST|ENOTDIR/) } },
    ]);
  });

  it('gets all documents when it can be written again', async () => {
    writeFileSync(join(folder, 'atif'), 'a file');
    const agent = flow.scope.start('agent', { type: 'agent' });
    await agent.run(() => ask('one'));
    await flow.flush();
    rmSync(join(folder, 'atif'));
    await agent.run(() => ask('two'));
    agent.end();
    await flow.flush();
    expect(Object.values(documents()).map(messagesOf)).toEqual([['one', 'one!', 'two', 'two!']]);
  });
});

describe('a document that could not be written', () => {
  it('is there at the end of the process, also when nothing came since', async () => {
    writeFileSync(join(folder, 'atif'), 'a file');
    await flow.scope.run('agent', { type: 'agent' }, () => ask('one'));
    await flow.flush();
    rmSync(join(folder, 'atif'));
    atif.flushSync();
    expect(Object.values(documents()).map(messagesOf)).toEqual([['one', 'one!']]);
  });
});

describe('a long run', () => {
  it('is written piece by piece, and in one go where the process ends meanwhile', async () => {
    const agent = flow.scope.start('agent', { type: 'agent' });
    const call = (): Promise<unknown> => flow.tool.execute({ name: 'find', args: { q: 'x' } }, () => 'found');
    await agent.run(async () => {
      for (let i = 0; i < 4000; i++) await call();
    });
    const flushed = atif.forceFlush();
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    await agent.run(call);
    atif.flushSync();
    const names = readdirSync(join(folder, 'atif'));
    expect(names).toEqual([`${agent.uuid}.atif.json`]);
    expect(Object.values(documents())[0]?.steps).toHaveLength(4001);
    await flushed;
    agent.end();
    await flow.flush();
    expect(readdirSync(join(folder, 'atif'))).toEqual(names);
    expect(Object.values(documents())[0]?.extra?.['unfinished']).toBeUndefined();
  });
});

it('a shut-down processor takes nothing more', async () => {
  await atif.shutdown();
  await ask('late');
  await atif.forceFlush();
  expect(readdirSync(folder)).toEqual([]);
});
