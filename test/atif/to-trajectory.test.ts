// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toTrajectory, type TrajectoryOptions } from '../../src/atif/index.ts';
import type { Step, Trajectory } from '../../src/atif/trajectory.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import { expectValidAtif } from '../support/formats/index.ts';
import { validateAtif } from '../support/formats/validate.mjs';
import { asking, eventStream, FAILED, result, said, system, user } from './event-stream.ts';

function trajectoryOf(events: readonly AtofEvent[], options?: TrajectoryOptions): Trajectory {
  const trajectory = toTrajectory(events, options);
  if (!trajectory) throw new Error('no step');
  expectValidAtif(trajectory);
  expect(validateAtif(trajectory).warnings).toEqual([]);
  return trajectory;
}

/** Who said what, calls and results included: the story without its numbers. */
function story({ steps }: Trajectory): readonly string[] {
  return steps.map((step) => {
    const copied = step.is_copied_context ? ' (copied)' : '';
    const calls = (step.tool_calls ?? []).map(({ tool_call_id: id }) => {
      const answer = step.observation?.results.find(({ source_call_id: call }) => call === id);
      return ` ${id}=${JSON.stringify(answer?.content ?? null)}`;
    });
    return `${step.source}${copied}: ${step.message as string}${calls.join('')}`;
  });
}

const golden = (name: string): readonly AtofEvent[] =>
  readFileSync(join(import.meta.dirname, '../support/formats/golden', name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AtofEvent);

describe('the reference runtime’s own streams', () => {
  it('give a tool loop with its system prompt, its tool definitions and text on its result', () => {
    const trajectory = trajectoryOf(golden('relay-0.9.2/tool-loop.atof.jsonl'));
    expect(story(trajectory)).toEqual([
      'system: Be brief.',
      'user: What is 3 + 4?',
      'agent:  call_1="{\\"value\\":7}"',
      'agent: It is 7.',
    ]);
    expect(trajectory.agent).toMatchObject({
      name: 'calculator',
      version: '0.0.0',
      model_name: 'gpt-4.1-2025',
      tool_definitions: [{ type: 'function', function: { name: 'add', description: 'Adds.' } }],
    });
    expect(trajectory.final_metrics).toEqual({
      total_prompt_tokens: 120,
      total_completion_tokens: 15,
      total_cached_tokens: 8,
      total_steps: 4,
    });
    expect(trajectory.steps[2]).toMatchObject({
      timestamp: '2026-11-20T21:38:59.925620Z',
      model_name: 'gpt-4.1-2025',
      llm_call_count: 1,
      tool_calls: [{ tool_call_id: 'call_1', function_name: 'add', arguments: { a: 3, b: 4 } }],
      metrics: { prompt_tokens: 50, completion_tokens: 10, cached_tokens: 8, extra: { total_tokens: 60 } },
      observation: { results: [{ source_call_id: 'call_1', extra: { event_name: 'add', sent_to_model: '7' } }] },
      extra: {
        ancestry: { function_name: 'openai', parent_name: 'calculator' },
        invocation: { framework: 'flow', status: 'completed', end_timestamp: 1795210739.92562 },
        tool_ancestry: [{ function_name: 'add' }],
        tool_invocations: [{ invocation_id: 'call_1', status: 'completed' }],
      },
    });
  });

  it('give a failed tool its error as the result', () => {
    const trajectory = trajectoryOf(golden('relay-0.9.2/tool-error.atof.jsonl'));
    expect(story(trajectory)).toEqual(['user: What is 3 + 4?', 'agent:  call_1="internal error: boom"']);
    expect(trajectory.steps[1]?.extra?.['tool_invocations']).toMatchObject([{ status: 'error' }]);
  });

  it('embed a nested agent whole, with the parent’s sums without it', () => {
    const trajectory = trajectoryOf(golden('relay-0.9.2/nested-agents.atof.jsonl'), {
      sessionId: 's',
      trajectoryId: 't',
    });
    const reference = golden('relay-0.9.2/nested-agents.atof.jsonl');
    const uuid = reference.find(({ name }) => name === 'child')!.uuid;
    expect(trajectory).toMatchObject({
      session_id: 's',
      trajectory_id: 't',
      final_metrics: { total_prompt_tokens: 70 },
    });
    expect(trajectory.steps.at(-1)).toMatchObject({
      source: 'agent',
      message: '',
      llm_call_count: 0,
      tool_calls: [{ tool_call_id: `subagent:${uuid}`, function_name: 'child' }],
      observation: { results: [{ subagent_trajectory_ref: [{ trajectory_id: uuid, session_id: 's' }] }] },
    });
    const [child] = trajectory.subagent_trajectories!;
    expect(child).toMatchObject({ session_id: 's', trajectory_id: uuid, agent: { name: 'child' } });
    expect(story(child!)).toEqual(['user: Sub task', 'agent: It is 7.']);
    expectValidAtif(child);
  });

  it('give valid v1.6 documents too, nested agents told in line', () => {
    for (const name of ['tool-loop', 'tool-error', 'nested-agents']) {
      const trajectory = trajectoryOf(golden(`relay-0.9.2/${name}.atof.jsonl`), { version: '1.6' });
      expect(trajectory.schema_version).toBe('ATIF-v1.6');
      expect(trajectory.steps.at(-1)?.extra).toMatchObject({ llm_call_count: 1 });
    }
    const nested = trajectoryOf(golden('relay-0.9.2/nested-agents.atof.jsonl'), { version: '1.6' });
    expect(story(nested)).toEqual(['user: What is 3 + 4?', 'agent: It is 7.', 'user: Sub task', 'agent: It is 7.']);
  });
});

describe('what a request adds', () => {
  it('is only what was not told yet', () => {
    const stream = eventStream();
    const messages = [system('Be brief.'), user('Hi')];
    stream.chat('l1', messages, said('Hello'));
    messages.push(said('Hello'), user('Who are you?'));
    stream.chat('l2', messages, said('A model.'));
    messages.push(said('A model.'), user('Thanks.'), user('Bye.'));
    stream.chat('l3', messages, said('Bye'));
    expect(story(trajectoryOf(stream.events))).toEqual([
      'system: Be brief.',
      'user: Hi',
      'agent: Hello',
      'user: Who are you?',
      'agent: A model.',
      'user: Thanks.',
      'user: Bye.',
      'agent: Bye',
    ]);
  });

  it('is nothing when the same request is sent again', () => {
    const stream = eventStream();
    stream.chat('l1', [user('Hi')], null, { metadata: FAILED });
    stream.chat('l2', [user('Hi')], said('Hello'));
    expect(story(trajectoryOf(stream.events))).toEqual(['user: Hi', 'agent: ', 'agent: Hello']);
  });

  it('is copied context where the history was never seen', () => {
    const stream = eventStream();
    const history = [user('Old?'), asking(['c0', 'add', '{"a":1}']), result('c0', '1'), said('Old.')];
    stream.chat('l1', [system('S'), ...history, user('New?')], said('New.'));
    stream.chat('l2', [system('S'), ...history, user('New?'), said('New.'), user('More?')], said('More.'));
    const trajectory = trajectoryOf(stream.events);
    expect(story(trajectory)).toEqual([
      'system: S',
      'user (copied): Old?',
      'agent (copied):  c0="1"',
      'agent (copied): Old.',
      'user: New?',
      'agent: New.',
      'user: More?',
      'agent: More.',
    ]);
    expect(trajectory.final_metrics).toEqual({ total_steps: 8 });
  });

  it('is a system step again when the system text changes, not when another conversation had another', () => {
    const stream = eventStream();
    stream.chat('p1', [system('Plan.'), user('Go')], said('Plan 1'));
    stream.chat('c1', [system('Criticise.'), user('Plan 1')], said('Bad 1'));
    stream.chat('p2', [system('Plan.'), user('Go'), said('Plan 1'), user('Bad 1')], said('Plan 2'));
    stream.chat('p3', [user('Go'), said('Plan 1'), user('Bad 1'), said('Plan 2'), user('Bad 2')], said('Plan 3'));
    stream.chat('p4', [system('Plan well.'), said('Plan 3'), user('Bad 3')], said('Plan 4'));
    expect(story(trajectoryOf(stream.events)).filter((line) => line.startsWith('system'))).toEqual([
      'system: Plan.',
      'system: Criticise.',
      'system: Plan well.',
    ]);
  });

  it('does not repeat an answer whose text the application changed as long as its calls are the same', () => {
    const stream = eventStream();
    const answer = asking(['c1', 'add', '{}']);
    stream.chat('l1', [user('Hi')], { ...answer, content: 'Let me add.' });
    stream.chat('l2', [user('Hi'), answer, result('c1', '1')], said('One.'));
    expect(story(trajectoryOf(stream.events))).toEqual(['user: Hi', 'agent: Let me add. c1="1"', 'agent: One.']);
  });

  it('is no system step when the system text was only left out in between', () => {
    const stream = eventStream();
    stream.chat('l1', [system('S'), user('1')], said('One'));
    stream.chat('l2', [user('1'), said('One'), user('2')], said('Two'));
    stream.chat('l3', [system('S'), user('1'), said('One'), user('2'), said('Two'), user('3')], said('Three'));
    expect(story(trajectoryOf(stream.events)).filter((line) => line.startsWith('system'))).toEqual(['system: S']);
  });

  it('is found in Responses items and behind previous_response_id as well', () => {
    const stream = eventStream();
    const call = { type: 'function_call', call_id: 'c1', name: 'add', arguments: '{"a":1}' };
    const respond = (uuid: string, content: object, output: readonly object[]) => {
      stream.start('llm', uuid, { data: { headers: {}, content: content as never } });
      const usage = { input_tokens: 5, output_tokens: 4, output_tokens_details: { reasoning_tokens: 3 } };
      stream.end(uuid, { data: { id: `resp-${uuid}`, model: 'gpt-5', status: 'completed', output, usage } as never });
    };
    const reasoning = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Adding.' }] };
    const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'One.' }] };
    respond('l1', { model: 'gpt-5', instructions: 'Add.', input: 'What is 1?' }, [reasoning, call]);
    const output = { type: 'function_call_output', call_id: 'c1', output: '1' };
    respond('l2', { model: 'gpt-5', instructions: 'Add.', input: [user('What is 1?'), reasoning, call, output] }, [
      message,
    ]);
    respond('l3', { model: 'gpt-5', instructions: 'Add.', input: 'And 2?', previous_response_id: 'resp-l2' }, [
      message,
    ]);
    const trajectory = trajectoryOf(stream.events);
    expect(story(trajectory)).toEqual([
      'system: Add.',
      'user: What is 1?',
      'agent:  c1="1"',
      'agent: One.',
      'user: And 2?',
      'agent: One.',
    ]);
    expect(trajectory.steps[2]).toMatchObject({
      reasoning_content: 'Adding.',
      metrics: { prompt_tokens: 5, completion_tokens: 4, extra: { reasoning_tokens: 3 } },
    });
  });

  it('keeps images at URLs as parts and names what cannot be inline', () => {
    const stream = eventStream();
    const image = (url: string) => ({ type: 'image_url', image_url: { url } });
    const content = [
      { type: 'text', text: 'Look' },
      image('https://example.test/a.png?x=1'),
      image('data:image/png;base64,AAAA'),
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    ];
    stream.chat('l1', [user(content)], said('A cat.'));
    expect(trajectoryOf(stream.events).steps[0]?.message).toEqual([
      { type: 'text', text: 'Look' },
      { type: 'image', source: { media_type: 'image/png', path: 'https://example.test/a.png?x=1' } },
      { type: 'text', text: '[image_url: image/png]' },
      { type: 'text', text: '[input_audio]' },
    ]);
  });

  it('is JSON text where no codec understands it, and so is the answer', () => {
    const stream = eventStream();
    stream.start('llm', 'l1', { data: { headers: {}, content: { prompts: ['Hi'] } } });
    stream.end('l1', { data: { answers: ['Hello'] } });
    stream.start('llm', 'l2', { data: 'raw text' });
    stream.end('l2', { data: 'raw answer' });
    stream.start('llm', 'l3', { data: 'raw text' });
    stream.end('l3', { data: 'other answer' });
    expect(story(trajectoryOf(stream.events))).toEqual([
      'user: {"prompts":["Hi"]}',
      'agent: {"answers":["Hello"]}',
      'user: raw text',
      'agent: raw answer',
      'agent: other answer',
    ]);
  });
});

describe('a model call', () => {
  it('that failed is an agent step with its error and what had come by then', () => {
    const stream = eventStream();
    stream.chat('l1', [user('Hi')], null, { metadata: FAILED });
    stream.chat('l2', [user('Hi again')], said('Hel'), { metadata: FAILED });
    const [, failed, , partial] = trajectoryOf(stream.events).steps as [Step, Step, Step, Step];
    expect(failed).toMatchObject({
      message: '',
      model_name: 'gpt-5',
      llm_call_count: 1,
      extra: { error: { type: 'RateLimitError', message: 'boom' }, invocation: { status: 'error' } },
    });
    expect(failed.metrics).toBeUndefined();
    expect(partial).toMatchObject({ message: 'Hel', extra: { error: { message: 'boom' } } });
  });

  it('that the consumer stopped says so', () => {
    const stream = eventStream();
    stream.chat('l1', [user('Hi')], said('Hel'), { metadata: { 'otel.status_code': 'UNSET', cancelled: true } });
    expect(trajectoryOf(stream.events).steps[1]?.extra).toMatchObject({ invocation: { status: 'cancelled' } });
  });

  it('sums usage over its attempts, which are no steps of their own', () => {
    const stream = eventStream();
    const usage = (tokens: number) => ({ usage: { prompt_tokens: tokens, completion_tokens: 1 } });
    stream.start('llm', 'l1', {
      name: 'openai',
      data: { headers: {}, content: { model: 'a', messages: [user('Hi')] } as never },
    });
    stream.chat('l2', [user('Hi')], null, { parent: 'l1', startMetadata: { 'flow.attempt': 2 }, metadata: FAILED });
    stream.chat('l3', [user('Hi')], said('Hello'), {
      parent: 'l1',
      startMetadata: { 'flow.attempt': 3 },
      response: usage(20),
    });
    const choices = [{ message: said('Hello') }];
    stream.end('l1', {
      data: { id: 'id-l3', choices, ...usage(20) } as never,
      metadata: { 'flow.usage': { input_tokens: 7 } },
    });
    const trajectory = trajectoryOf(stream.events);
    expect(story(trajectory)).toEqual(['user: Hi', 'agent: Hello']);
    expect(trajectory.steps[1]).toMatchObject({
      llm_call_count: 3,
      metrics: { prompt_tokens: 27, completion_tokens: 1 },
    });

    const silent = stream.events.map((event) => (event.uuid === 'l1' ? { ...event, metadata: null } : event));
    expect(trajectoryOf(silent).steps[1]).toMatchObject({ llm_call_count: 3, metrics: { prompt_tokens: 20 } });
  });

  it('sums usage over the attempts of its attempts as well', () => {
    const stream = eventStream();
    const usage = (tokens: number) => ({ usage: { prompt_tokens: tokens } });
    const data = { headers: {}, content: { model: 'a', messages: [user('Hi')] } as never };
    const again = (id: string, parent: string, attempt: number): void =>
      stream.start('llm', id, { name: 'openai', data, parent, metadata: { 'flow.attempt': attempt } });
    const end = (id: string, answer: string, tokens: number, metadata = {}): void =>
      stream.end(id, {
        data: { id: answer, choices: [{ message: said('Hello') }], ...usage(tokens) } as never,
        metadata,
      });
    stream.start('llm', 'l1', { name: 'openai', data });
    again('l2', 'l1', 2);
    again('l3', 'l2', 3);
    end('l3', 'c', 40);
    end('l2', 'c', 40, { 'flow.usage': { input_tokens: 20 } });
    end('l1', 'c', 40, { 'flow.usage': { input_tokens: 10 } });
    const { steps, final_metrics: total } = trajectoryOf(stream.events);
    expect(steps.at(-1)).toMatchObject({ llm_call_count: 3, metrics: { prompt_tokens: 70 } });
    expect(total).toMatchObject({ total_prompt_tokens: 70 });
  });

  it('whose token numbers are none says nothing about them', () => {
    const stream = eventStream();
    const usage = {
      prompt_tokens: -1,
      completion_tokens: 1.5,
      total_tokens: 'many',
      prompt_tokens_details: { cached_tokens: 2 },
    };
    stream.chat('l1', [user('Hi')], said('Hello'), { response: { usage } });
    expect(trajectoryOf(stream.events).steps[1]?.metrics).toEqual({ cached_tokens: 2 });
  });

  it('that made no inference has neither metrics nor reasoning', () => {
    const stream = eventStream();
    const cached = { ...said('Hello'), reasoning_content: 'hm' };
    const response = { usage: { prompt_tokens: 5 } };
    stream.chat('l1', [user('Hi')], cached, { metadata: { 'flow.usage': null }, response });
    const trajectory = trajectoryOf(stream.events);
    expect(trajectory.steps[1]).toMatchObject({ message: 'Hello', llm_call_count: 0 });
    expect(trajectory.steps[1]).not.toHaveProperty('metrics');
    expect(trajectory.final_metrics).toEqual({ total_steps: 2 });
  });

  it('keeps arguments that are no object beside an empty one', () => {
    const stream = eventStream();
    stream.chat('l1', [user('Hi')], asking(['c1', 'f', '{broken'], ['c2', 'f', ''], ['c3', 'f', '[1]']));
    expect(trajectoryOf(stream.events).steps[1]?.tool_calls).toEqual([
      { tool_call_id: 'c1', function_name: 'f', arguments: {}, extra: { raw_arguments: '{broken' } },
      { tool_call_id: 'c2', function_name: 'f', arguments: {} },
      { tool_call_id: 'c3', function_name: 'f', arguments: {}, extra: { raw_arguments: [1] } },
    ]);
    const older = trajectoryOf(stream.events, { version: '1.6' }).steps[1];
    expect(older?.extra).toMatchObject({ tool_call_extra: { c1: { raw_arguments: '{broken' } } });
  });

  it('without an end is listed as unfinished, its question told', () => {
    const stream = eventStream();
    stream.start('agent', 'a', { name: 'helper' });
    stream.start('llm', 'l1', {
      parent: 'a',
      name: 'openai',
      data: { headers: {}, content: { messages: [user('Hi')] } as never },
    });
    const trajectory = trajectoryOf(stream.events);
    expect(story(trajectory)).toEqual(['user: Hi']);
    expect(trajectory.extra).toMatchObject({
      unfinished: [{ uuid: 'a' }, { uuid: 'l1', name: 'openai', category: 'llm' }],
    });
  });

  it('whose payloads are absent is still a step', () => {
    const stream = eventStream();
    stream.start('llm', 'l1', { profile: { model_name: 'gpt-5' } });
    stream.end('l1', { metadata: { 'otel.status_code': 'OK' } });
    expect(trajectoryOf(stream.events).steps).toMatchObject([{ source: 'agent', message: '', model_name: 'gpt-5' }]);
  });
});

describe('a tool result', () => {
  it('goes to the call with its id, else with its name and arguments, else to the only open call of its name', () => {
    const stream = eventStream();
    const calls = asking(
      ['c1', 'add', '{"a":1}'],
      ['c2', 'add', '{"a":2}'],
      ['c3', 'sub', '{"a":3}'],
      ['c4', 'add', '{"a":4}'],
    );
    stream.chat('l1', [user('Hi')], calls);
    stream.tool('t4', 'add', { a: 99 }, 'four', { profile: { tool_call_id: 'c4' } });
    stream.tool('t2', 'add', { a: 2 }, 'two');
    stream.tool('t3', 'sub', { other: true }, { value: 3 });
    stream.tool('t1', 'add', { a: 77 }, 'one');
    stream.tool('t5', 'add', { a: 1 }, 'nobody asked');
    expect(story(trajectoryOf(stream.events))).toEqual([
      'user: Hi',
      'agent:  c1="one" c2="two" c3="{\\"value\\":3}" c4="four"',
      'agent:  t5="nobody asked"',
    ]);
  });

  it('finds its call also when the tool ended before the model call did', () => {
    const stream = eventStream();
    stream.start('llm', 'l1', { data: { headers: {}, content: { messages: [user('Hi')] } as never } });
    stream.tool('t1', 'add', { a: 1 }, 7, { profile: { tool_call_id: 'c1' } });
    stream.tool('t2', 'add', { a: 2 }, 8);
    const message = asking(['c1', 'add', '{"a":1}'], ['c2', 'add', '{"a":2}']);
    stream.end('l1', { data: { choices: [{ message }] } as never });
    expect(story(trajectoryOf(stream.events))).toEqual(['user: Hi', 'agent:  c1="7" c2="8"']);
  });

  it('waits for the call with its id instead of taking an open one of its name', () => {
    const stream = eventStream();
    stream.chat('l1', [user('Hi')], asking(['c1', 'add', '{"a":1}']));
    stream.start('llm', 'l2', { data: { headers: {}, content: { messages: [user('Again')] } as never } });
    stream.tool('t2', 'add', { a: 2 }, 'two', { profile: { tool_call_id: 'c2' } });
    stream.end('l2', { data: { choices: [{ message: asking(['c2', 'add', '{"a":2.0}']) }] } as never });
    expect(story(trajectoryOf(stream.events))).toEqual([
      'user: Hi',
      'agent:  c1=null',
      'user: Again',
      'agent:  c2="two"',
    ]);
  });

  it('of a tool that code ran is a step without a model', () => {
    const stream = eventStream();
    stream.tool('t1', 'search', { q: 'x' }, 'found');
    stream.tool('t2', 'search', 'text', null, { metadata: FAILED, profile: { tool_call_id: 'own-id' } });
    const [first, second] = trajectoryOf(stream.events).steps;
    expect(first).toMatchObject({
      source: 'agent',
      llm_call_count: 0,
      tool_calls: [{ tool_call_id: 't1', function_name: 'search', arguments: { q: 'x' } }],
      observation: { results: [{ source_call_id: 't1', content: 'found' }] },
    });
    expect(second).toMatchObject({
      tool_calls: [{ tool_call_id: 'own-id', arguments: {}, extra: { raw_arguments: 'text' } }],
      observation: { results: [{ content: 'boom', extra: { error: { type: 'RateLimitError' } } }] },
    });
  });

  it('is taken from the next request where the tool ran without any seam', () => {
    const stream = eventStream();
    const messages = [user('Hi'), asking(['c1', 'add', '{}'], ['c2', 'add', '{}'])];
    stream.chat('l1', messages.slice(0, 1), messages[1]!);
    stream.chat(
      'l2',
      [...messages, result('c1', '1'), result('c2', [{ type: 'text', text: '2' }]), result('c9', '9')],
      said('Done'),
    );
    expect(story(trajectoryOf(stream.events))).toEqual(['user: Hi', 'agent:  c1="1" c2="2"', 'agent: Done']);
  });

  it('is never there twice: the seam’s own wins, and a text that the model saw instead is kept beside it', () => {
    const stream = eventStream();
    const messages = [user('Hi'), asking(['c1', 'add', '{}'], ['c2', 'add', '{}'], ['c3', 'add', '{}'])];
    stream.chat('l1', messages.slice(0, 1), messages[1]!);
    stream.tool('t1', 'add', {}, { v: 1 }, { profile: { tool_call_id: 'c1' } });
    stream.tool('t2', 'add', {}, 'two', { profile: { tool_call_id: 'c2' } });
    stream.tool('t3', 'add', {}, null, { profile: { tool_call_id: 'c3' }, metadata: FAILED });
    const results = [result('c1', '{ "v": 1 }'), result('c2', 'Two, cut.'), result('c3', 'Error!')];
    stream.chat('l2', [...messages, ...results], said('Done'));
    const { results: told } = trajectoryOf(stream.events).steps[1]!.observation!;
    expect(told.map(({ content, extra }) => [content, extra?.['sent_to_model']])).toEqual([
      ['{"v":1}', undefined],
      ['two', 'Two, cut.'],
      ['boom', 'Error!'],
    ]);
  });

  it('of a further attempt at the same call is not a step', () => {
    const stream = eventStream();
    stream.start('tool', 't1', { name: 'add', data: { a: 1 } });
    stream.tool('t2', 'add', { a: 1 }, 2, { parent: 't1', metadata: { 'flow.attempt': 2 } });
    stream.end('t1', { data: 2 });
    expect(story(trajectoryOf(stream.events))).toEqual(['agent:  t1="2"']);
  });

  it('keeps ids apart that a model gives again and again', () => {
    const stream = eventStream();
    const messages: object[] = [user('Hi')];
    for (const n of [1, 2, 3]) {
      const message = asking(['call_1', 'add', `{"n":${n}}`]);
      stream.chat(`l${n}`, messages, message);
      stream.tool(`t${n}`, 'add', { n }, n, { profile: { tool_call_id: 'call_1' } });
      messages.push(message, result('call_1', String(n)));
    }
    expect(story(trajectoryOf(stream.events)).slice(1)).toEqual([1, 2, 3].map((n) => `agent:  call_1="${n}"`));
  });
});

describe('a rejection', () => {
  const rejected = (id?: string) => ({
    data: { rejected: true, rejection_reason: 'not allowed' },
    ...(id && { profile: { tool_call_id: id } }),
  });

  it('is the result of the call that it names', () => {
    const stream = eventStream();
    stream.chat('l1', [user('Hi')], asking(['c1', 'rm', '{}']));
    stream.mark('rm', rejected('c1'));
    expect(story(trajectoryOf(stream.events))[1]).toBe('agent:  c1="guardrail rejected: not allowed"');
  });

  it('of anything else is noted on the nearest step', () => {
    const stream = eventStream();
    stream.mark('openai', rejected());
    stream.chat('l1', [user('Hi')], said('Hello'));
    stream.mark('openai', rejected('unknown'));
    const { steps } = trajectoryOf(stream.events);
    expect(steps[0]?.extra?.['rejections']).toMatchObject([{ name: 'openai', reason: 'not allowed' }]);
    expect(steps[1]?.extra?.['rejections']).toHaveLength(1);
  });
});

describe('nested agents', () => {
  it('that a tool call started hang on the result of that call', () => {
    const stream = eventStream();
    stream.start('agent', 'a', { name: 'parent' });
    stream.chat('l1', [user('Hi')], asking(['c1', 'delegate', '{}']), { parent: 'a' });
    stream.start('tool', 't1', { parent: 'a', name: 'delegate', data: {}, profile: { tool_call_id: 'c1' } });
    stream.start('function', 'f', { parent: 't1' });
    stream.start('agent', 'b', { name: 'child', parent: 'f' });
    stream.chat('l2', [user('Sub')], said('Sub done'), { parent: 'b' });
    stream.start('agent', 'c', { name: 'grandchild', parent: 'b' });
    stream.tool('t2', 'look', {}, 'seen', { parent: 'c' });
    stream.end('c', { data: 'all seen' });
    stream.end('b');
    stream.end('f');
    stream.end('t1', { data: 'Sub done' });
    stream.chat('l3', [user('Hi'), asking(['c1', 'delegate', '{}']), result('c1', 'Sub done')], said('Done'), {
      parent: 'a',
    });
    stream.end('a');
    const trajectory = trajectoryOf(stream.events);
    expect(story(trajectory)).toEqual(['user: Hi', 'agent:  c1="Sub done"', 'agent: Done']);
    expect(trajectory.steps[1]?.observation?.results[0]?.subagent_trajectory_ref).toMatchObject([
      { trajectory_id: 'b' },
    ]);
    const [child] = trajectory.subagent_trajectories!;
    expect(story(child!)).toEqual(['user: Sub', 'agent: Sub done', 'agent:  subagent:c="all seen"']);
    expect(story(child!.subagent_trajectories![0]!)).toEqual(['agent:  t2="seen"']);
  });

  it('that a further attempt of a tool started hang on the call as well', () => {
    const stream = eventStream();
    stream.start('agent', 'a', { name: 'parent' });
    stream.start('tool', 't1', { parent: 'a', name: 'delegate', data: {} });
    stream.start('tool', 't2', { parent: 't1', name: 'delegate', data: {}, metadata: { 'flow.attempt': 2 } });
    stream.start('agent', 'b', { parent: 't2', name: 'child' });
    stream.chat('l1', [user('Sub')], said('Done'), { parent: 'b' });
    for (const uuid of ['b', 't2', 't1', 'a']) stream.end(uuid, { data: 'Done' });
    const trajectory = trajectoryOf(stream.events);
    expect(story(trajectory)).toEqual(['agent:  t1="Done"']);
    expect(trajectory.steps[0]?.observation?.results[0]?.subagent_trajectory_ref).toMatchObject([
      { trajectory_id: 'b' },
    ]);
  });

  it('stand where they started among the other steps, also when their own start is missing', () => {
    const stream = eventStream();
    stream.start('agent', 'a', { name: 'parent' });
    stream.chat('l1', [user('1')], said('One'), { parent: 'a' });
    stream.start('agent', 'b', { name: 'child', parent: 'a' });
    stream.chat('l2', [user('Sub')], said('Done'), { parent: 'b' });
    stream.end('b');
    stream.chat('l3', [user('2')], said('Two'), { parent: 'a' });
    stream.end('a');
    const expected = ['user: 1', 'agent: One', 'agent:  subagent:b=null', 'user: 2', 'agent: Two'];
    expect(story(trajectoryOf(stream.events))).toEqual(expected);
    const [, , , start] = stream.events;
    expect(start).toMatchObject({ uuid: 'b', scope_category: 'start' });
    expect(story(trajectoryOf(stream.events.filter((event) => event !== start)))).toEqual(expected);
  });

  it('that name themselves as parent tell their steps in the outermost trajectory', () => {
    const stream = eventStream();
    stream.start('agent', 'a', { name: 'odd', parent: 'a' });
    stream.chat('l1', [user('1')], said('One'), { parent: 'a' });
    expect(story(trajectoryOf(stream.events))).toEqual(['user: 1', 'agent: One']);
  });

  it('without any step are left out', () => {
    const stream = eventStream();
    stream.start('agent', 'a', { name: 'parent' });
    stream.chat('l1', [user('Hi')], said('Hello'), { parent: 'a' });
    stream.start('agent', 'b', { name: 'child', parent: 'a' });
    stream.end('b');
    stream.end('a');
    const trajectory = trajectoryOf(stream.events);
    expect(story(trajectory)).toEqual(['user: Hi', 'agent: Hello']);
    expect(trajectory.subagent_trajectories).toBeUndefined();
  });
});

describe('the document', () => {
  it('takes what the options say, and has no steps for other scopes', () => {
    const stream = eventStream();
    stream.start('agent', 'a', { name: 'helper', metadata: { root_uuid: 'root' } });
    stream.start('embedder', 'e', { parent: 'a', data: { input: 'x' } });
    stream.end('e', { data: {} });
    stream.start('retriever', 'r', { parent: 'a' });
    stream.end('r');
    stream.start('guardrail', 'g', { parent: 'a' });
    stream.end('g');
    expect(toTrajectory(stream.events)).toBeUndefined();
    expect(toTrajectory([])).toBeUndefined();
    stream.chat('l1', [user('Hi')], said('Hello'), { parent: 'a' });
    stream.end('a');
    expect(trajectoryOf(stream.events)).toMatchObject({
      session_id: 'root',
      trajectory_id: 'a',
      agent: { name: 'helper', version: '0.0.0', model_name: 'gpt-5-2026' },
    });
    const agent = { name: 'mine', version: '2.1.0', model_name: 'm', extra: { k: 1 } };
    const options = { sessionId: 's', trajectoryId: 't', agent, notes: 'n', extra: { run: 1 } };
    expect(trajectoryOf(stream.events, options)).toMatchObject({
      session_id: 's',
      trajectory_id: 't',
      agent,
      notes: 'n',
      extra: { run: 1 },
    });
  });

  it('sorts events by time, whichever form of time they have', () => {
    const stream = eventStream();
    stream.chat('l1', [user('Hi')], said('Hello'));
    stream.chat('l2', [user('Hi'), said('Hello'), user('Bye')], said('Bye'));
    const mixed = stream.events
      .map((event, index) =>
        index % 2 ? { ...event, timestamp: new Date((event.timestamp as number) / 1000).toISOString() } : event,
      )
      .toReversed();
    expect(trajectoryOf(mixed)).toEqual(trajectoryOf(stream.events));
  });
});

describe('the version of the events', () => {
  const events = (version: string): AtofEvent[] => {
    const stream = eventStream();
    stream.start('llm', 'l1', { data: 'question' });
    stream.end('l1', { data: 'answer' });
    return stream.events.map((event) => ({ ...event, atof_version: version }));
  };

  it('may be any minor one of 0', () => {
    for (const version of ['0.1', '0.9']) expect(toTrajectory(events(version))?.steps).toHaveLength(2);
  });

  it('is refused with its name where it is another major one', () => {
    for (const version of ['1.0', '2'])
      expect(() => toTrajectory(events(version))).toThrow(
        expect.objectContaining({
          code: 'FLOW_INVALID_ARGUMENT',
          message: expect.stringContaining(`version ${version}`) as string,
        }),
      );
  });
});
