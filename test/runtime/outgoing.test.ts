// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { type LlmRequest, flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import type { Settings } from '../../src/runtime/settings.ts';
import { readSettings } from '../../src/sdk/environment.ts';
import { startTracing } from '../projections/tracing.ts';
import { recordEvents } from '../support/setups/record-events.ts';

const { settings } = getRuntime().internals;
afterEach(() => {
  settings.propagateToModels = [];
});

const UUID = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
const SESSION = 'x-dynamo-session-id';
const PARENT = 'x-dynamo-parent-session-id';
const content = { model: 'gpt-test', messages: [] };
/** The headers that the real call gets. */
const sent = (headers: LlmRequest['headers'] = {}, propagate?: boolean): Promise<LlmRequest['headers']> =>
  flow.llm.execute({ name: 'openai', request: { headers, content }, propagate }, (request) => request.headers);
const send = (...what: Settings['propagateToModels']): void => {
  settings.propagateToModels = what;
};

test('by default a request to a model is passed on as it is', async () => {
  const headers = { accept: '*/*', [SESSION]: 'mine' };
  const tracing = startTracing();
  onTestFinished(tracing.stop);
  await flow.scope.run('agent', { type: 'agent' }, async () => expect(await sent(headers)).toBe(headers));
});

describe('with `session`, a request', () => {
  test('names the innermost agent and the next outer one, whatever lies between', async () => {
    send('session');
    const headers = await flow.scope.run('outer', { type: 'agent', metadata: { session_id: 'A' } }, () =>
      flow.scope.run('step', { type: 'function', metadata: { session_id: 'no agent' } }, () =>
        flow.scope.run('inner', { type: 'agent', metadata: { session_id: 'B' } }, () =>
          flow.tool.execute({ name: 't', args: 1 }, () => sent({ accept: '*/*' })),
        ),
      ),
    );
    expect(headers).toEqual({ accept: '*/*', [SESSION]: 'B', [PARENT]: 'A' });
  });

  test.each([
    [{ session_id: 's', conversation_id: 'c', thread_id: 't' }, 's'],
    [{ conversation_id: 'c', thread_id: 't', subagent_id: 'i' }, 'c'],
    [{ thread_id: 't', subagent_session_id: 'u' }, 't'],
    [{ subagent_session_id: 'u', subagent_id: 'i' }, 'u'],
    [{ subagent_id: 'i' }, 'i'],
    [{ session_id: 7, thread_id: 't' }, 't'],
    [{ session_id: 'no\nheader', thread_id: '', subagent_id: 'i' }, 'i'],
  ])('takes the session of %j', async (metadata, session) => {
    send('session');
    await flow.scope.run('agent', { type: 'agent', metadata }, async () =>
      expect(await sent()).toEqual({ [SESSION]: session }),
    );
  });

  test('has the uuid of an agent that names no session, and of a retry as well', async () => {
    send('session');
    const seen: unknown[] = [];
    const { remove } = flow.llm.addExecutionIntercept('twice', async (_, next) => {
      await next();
      return next();
    });
    onTestFinished(() => void remove());
    await flow.scope.run('agent', { type: 'agent' }, async (agent) => {
      await flow.llm.execute({ name: 'openai', request: { content } }, ({ headers }) => void seen.push(headers));
      expect(agent.uuid).toMatch(UUID);
      expect(seen).toEqual([{ [SESSION]: agent.uuid }, { [SESSION]: agent.uuid }]);
    });
  });

  test('has them in place of any that are there, in whatever case', async () => {
    send('session');
    await flow.scope.run('agent', { type: 'agent', metadata: { session_id: 's' } }, async () =>
      expect(await sent({ 'X-Dynamo-Session-ID': 'old', 'X-DYNAMO-parent-session-id': 'old', a: 'b' })).toEqual({
        a: 'b',
        [SESSION]: 's',
      }),
    );
  });

  test('carries nothing outside of agents', async () => {
    send('session');
    const headers = { [SESSION]: 'mine' };
    await flow.scope.run('f', async () => expect(await sent(headers)).toBe(headers));
  });

  test('never shows that to events, nor to middleware', async () => {
    send('session');
    const events = recordEvents();
    const seen: unknown[] = [];
    const { remove } = flow.llm.addRequestIntercept('look', (call) => void seen.push(call.request.headers));
    onTestFinished(() => void remove());
    const real: unknown[] = [];
    await flow.scope.run('agent', { type: 'agent' }, () =>
      flow.llm.execute(
        { name: 'openai', request: { content } },
        ({ headers }) => void real.push(...Object.keys(headers)),
      ),
    );
    expect(real).toEqual([SESSION]);
    expect(JSON.stringify(await events.all())).not.toContain('x-dynamo');
    expect(seen).toEqual([{}]);
  });
});

test('`traceparent` is for all calls or for one, and both kinds go together', async () => {
  const tracing = startTracing();
  onTestFinished(tracing.stop);
  await flow.scope.run('agent', { type: 'agent', metadata: { session_id: 's' } }, async () => {
    expect(Object.keys(await sent({}, true))).toEqual(['traceparent']);
    send('session', 'traceparent');
    expect(Object.keys(await sent({ Traceparent: 'old', tracestate: 'old' }))).toEqual(['traceparent', SESSION]);
    expect(Object.keys(await sent({}, false))).toEqual([SESSION]);
  });
});

test.each([
  [undefined, []],
  ['off', []],
  ['traceparent', ['traceparent']],
  ['Session, traceparent', ['session', 'traceparent']],
  ['session,off', []],
])('FLOW_PROPAGATE_TO_MODELS=%s', (value, expected) => {
  const { propagateToModels, warnings } = readSettings({ FLOW_PROPAGATE_TO_MODELS: value });
  expect([propagateToModels, warnings]).toEqual([expected, []]);
});
