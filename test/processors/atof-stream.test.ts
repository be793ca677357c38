// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { type AtofStreamOptions, atofStream } from '../../src/processors/atof-stream.ts';
import type { Diagnostic } from '../../src/runtime/diagnostics.ts';
import { outline, validated } from '../runtime/recorder.ts';
import { runApp } from '../support/run.ts';
import { type Behaviour, type EventReceiver, type Received, startReceiver } from './event-receiver.ts';

const { settings } = getRuntime().internals;
let diagnostics: string[];
let undo: () => void;
beforeEach(() => {
  diagnostics = [];
  settings.spanContent = true;
  undo = flow.onDiagnostic(({ source, name, error }: Diagnostic) => {
    if (source === 'atof') diagnostics.push(`${name}: ${(error as Error).message}`);
  });
});
afterEach(() => {
  settings.spanContent = false;
  undo();
});

function stream(receiver: EventReceiver, options: Partial<AtofStreamOptions> = {}): ReturnType<typeof atofStream> {
  const registration = atofStream({ url: receiver.url, ...options });
  onTestFinished(async () => {
    registration.remove();
    await flow.flush();
  });
  return registration;
}

const marks = (count: number): void => {
  for (let i = 0; i < count; i++) flow.scope.mark(`m${i}`);
};
const names = (lines: readonly string[]): string[] => lines.map((line) => (JSON.parse(line) as { name: string }).name);
const TRANSPORTS = ['http_post', 'websocket', 'ndjson'] as const;

describe.each(TRANSPORTS)('a stream by %s', (transport) => {
  it('carries every event as a line, with the headers of the options, and flush waits for it', async () => {
    const receiver = await startReceiver();
    stream(receiver, { transport, headers: { 'x-team': 'blue' } });
    const result = await flow.scope.run('s', () => flow.tool.execute({ name: 't', args: { text: 'é\n' } }, () => 2));
    await flow.flush();
    expect(result).toBe(2);
    const events = validated(receiver.lines());
    expect(outline(events)).toEqual(['start s', 'start t', 'end t', 'end s']);
    expect(events[1]?.data).toEqual({ text: 'é\n' });
    expect(receiver.requests[0]).toMatchObject({ url: '/events', headers: { 'x-team': 'blue' } });
    expect(diagnostics).toEqual([]);
  });

  it('keeps the order over many events, long ones among them', async () => {
    const receiver = await startReceiver();
    stream(receiver, { transport });
    for (let i = 0; i < 1500; i++) flow.scope.mark(`m${i}`, { data: 'x'.repeat(i % 500 === 7 ? 70_000 : 200) });
    await flow.flush();
    expect(names(receiver.lines())).toEqual(Array.from({ length: 1500 }, (_, i) => `m${i}`));
  });

  it('tries again while the receiver is away, and then has everything once', async () => {
    const gone = await startReceiver();
    const port = Number(new URL(gone.url).port);
    await gone.close();
    stream(gone, { transport });
    marks(3);
    const flushed = flow.flush();
    const back = await startReceiver({ port });
    await flushed;
    await expect.poll(() => names(back.lines())).toEqual(['m0', 'm1', 'm2']);
    expect(diagnostics).toEqual([]);
  });

  it('opens a connection again after the receiver has closed it', async () => {
    const receiver = await startReceiver();
    stream(receiver, { transport });
    flow.scope.mark('first');
    await flow.flush();
    receiver.requests[0]?.close();
    receiver.server.closeAllConnections();
    flow.scope.mark('second');
    await flow.flush();
    await expect.poll(() => names(receiver.lines())).toEqual(['first', 'second']);
    expect(diagnostics).toEqual([]);
  });

  it('gives a receiver that never answers up, counts what may be lost, and leaves the rest alone', async () => {
    const hold: Behaviour = { answer: () => undefined };
    const receiver = await startReceiver(hold);
    receiver.server.removeAllListeners('upgrade').on('upgrade', () => undefined);
    const registration = stream(receiver, { transport, timeoutMillis: 100, name: 'silent' });
    marks(2);
    const started = performance.now();
    await flow.flush(300);
    expect(performance.now() - started).toBeLessThan(2500);
    registration.remove();
    await expect
      .poll(() => diagnostics)
      .toEqual([expect.stringContaining('silent: 2 events may not have arrived: no')]);
  });

  it('carries what was emitted before its removal and nothing after, and closes', async () => {
    const receiver = await startReceiver();
    const registration = stream(receiver, { transport });
    flow.scope.mark('before');
    expect(registration.remove()).toBe(true);
    flow.scope.mark('after');
    await flow.flush();
    await expect.poll(() => receiver.requests.map(({ ended }) => ended)).toEqual([true]);
    expect(names(receiver.lines())).toEqual(['before']);
    expect(registration.remove()).toBe(false);
  });

  it('never keeps a process, and a natural exit sends what is queued', async () => {
    const receiver = await startReceiver();
    const code = `
      import { flow } from '@flow/register/api';
      import { atofStream } from '@flow/register/sdk';
      atofStream({ url: '${receiver.url}', transport: '${transport}' });
      flow.scope.mark('first');
      await flow.flush();
      flow.scope.mark('last');`;
    const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    const { code: exit, stderr, duration } = await runApp({ args: ['--import', './dist/esm/register.js'], code, env });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(names(receiver.lines())).toEqual(['first', 'last']);
    expect(duration).toBeLessThan(5000);
  });

  it('has no payloads unless content is on, and is a valid stream even so', async () => {
    const receiver = await startReceiver();
    settings.spanContent = false;
    stream(receiver, { transport });
    await flow.tool.execute({ name: 't', args: 'secret' }, (_, call) => (call.annotate({ note: 'secret' }), 'secret'));
    await flow.flush();
    expect(receiver.lines().join('')).not.toContain('secret');
    expect(validated(receiver.lines()).map(({ data }) => data)).toEqual([null, null]);
    settings.spanContent = true;
    flow.scope.mark('m', { data: 'told' });
    await flow.flush();
    expect(receiver.lines().at(-1)).toContain('told');
  });
});

describe('a stream by http_post', () => {
  it('sends one batch at a time, as application/x-ndjson', async () => {
    const releases: (() => void)[] = [];
    const receiver = await startReceiver({ answer: (response) => void releases.push(() => response.end()) });
    stream(receiver);
    marks(2);
    await expect.poll(() => releases.length).toBe(1);
    flow.scope.mark('later');
    const flushed = flow.flush();
    expect(receiver.requests.map(({ lines }) => lines.length)).toEqual([2]);
    releases[0]?.();
    await expect.poll(() => releases.length).toBe(2);
    releases[1]?.();
    await flushed;
    expect(receiver.requests.map(({ lines }) => lines.length)).toEqual([2, 1]);
    expect(receiver.requests[0]?.headers['content-type']).toBe('application/x-ndjson');
  });

  it.each([429, 500, 503])('repeats a batch that was answered with %s', async (status) => {
    const receiver = await startReceiver({
      answer: (response, turn) => void response.writeHead(turn === 0 ? status : 200, { 'retry-after': '0' }).end(),
    });
    stream(receiver);
    marks(2);
    await flow.flush();
    expect(receiver.requests.map(({ lines }) => names(lines))).toEqual([
      ['m0', 'm1'],
      ['m0', 'm1'],
    ]);
    expect(diagnostics).toEqual([]);
  });

  it('loses a batch that was refused for good, says so without credentials, and goes on', async () => {
    const receiver = await startReceiver({
      answer: (response, turn) => void response.writeHead(turn === 0 ? 401 : 200).end(),
    });
    const { host } = new URL(receiver.url);
    stream(receiver, { url: `http://me:secret@${host}/events?key=secret`, headers: { 'x-key': 'secret' } });
    marks(2);
    await flow.flush();
    marks(1);
    await flow.flush();
    expect(diagnostics).toEqual([`http://${host}/events: 2 events may not have arrived: HTTP 401 Unauthorized`]);
    expect(receiver.requests.map(({ lines }) => lines.length)).toEqual([2, 1]);
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    expect(receiver.requests[0]).toMatchObject({ url: '/events?key=secret', headers: { authorization } });
  });

  it('goes by the status of an answer whose body never ends', async () => {
    const receiver = await startReceiver({ answer: (response) => void response.writeHead(200).write('and') });
    stream(receiver, { timeoutMillis: 100 });
    flow.scope.mark('first');
    await flow.flush();
    flow.scope.mark('second');
    await flow.flush();
    expect(names(receiver.lines())).toEqual(['first', 'second']);
    expect(diagnostics).toEqual([]);
  });

  it('of a process that ends by force tells what it could not send', async () => {
    const receiver = await startReceiver({ answer: () => undefined });
    const code = `
      import { flow } from '@flow/register/api';
      import { atofStream } from '@flow/register/sdk';
      atofStream({ url: '${receiver.url}', name: 'events' });
      flow.scope.mark('first');
      process.exit(3);`;
    const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    const { code: exit, stderr } = await runApp({ args: ['--import', './dist/esm/register.js'], code, env });
    expect(exit).toBe(3);
    expect(stderr).toContain("atof 'events': 1 event may not have arrived: the process has ended");
  });
});

it('of a process that cannot reach its receiver does not hold it up, and says what is lost and why', async () => {
  const receiver = await startReceiver();
  await receiver.close();
  const code = `
    import { flow } from '@flow/register/api';
    import { atofStream } from '@flow/register/sdk';
    atofStream({ url: '${receiver.url}', name: 'events' });
    flow.scope.mark('first');`;
  const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const { code: exit, stderr, duration } = await runApp({ args: ['--import', './dist/esm/register.js'], code, env });
  expect(exit).toBe(0);
  expect(stderr).toContain("atof 'events': 1 event may not have arrived: the process has ended: connect ECONNREFUSED");
  expect(duration).toBeLessThan(5000);
});

describe('a stream by ndjson', () => {
  it('is one upload between two flushes', async () => {
    const receiver = await startReceiver();
    stream(receiver, { transport: 'ndjson' });
    flow.scope.mark('a');
    await expect.poll(() => receiver.lines().length).toBe(1);
    flow.scope.mark('b');
    await expect.poll(() => receiver.lines().length).toBe(2);
    const shown = ({ lines, ended }: Received): unknown => ({ lines: names(lines), ended });
    expect(receiver.requests.map(shown)).toEqual([{ lines: ['a', 'b'], ended: false }]);
    await flow.flush();
    flow.scope.mark('c');
    await flow.flush();
    expect(receiver.requests.map(shown)).toEqual([
      { lines: ['a', 'b'], ended: true },
      { lines: ['c'], ended: true },
    ]);
    expect(receiver.requests[0]?.headers['transfer-encoding']).toBe('chunked');
  });

  it('tells what may be lost when the answer to the upload is a refusal', async () => {
    const receiver = await startReceiver({ answer: (response) => void response.writeHead(403).end() });
    stream(receiver, { transport: 'ndjson', name: 'up' });
    marks(3);
    await flow.flush();
    await expect.poll(() => diagnostics).toEqual(['up: 3 events may not have arrived: HTTP 403 Forbidden']);
  });

  it('goes on with a new upload when the receiver has answered the old one early', async () => {
    const receiver = await startReceiver({
      head: (response, turn) => void (turn === 0 && response.writeHead(200).end('enough')),
      answer: (response) => void (response.writableEnded || response.writeHead(200).end()),
    });
    stream(receiver, { transport: 'ndjson' });
    flow.scope.mark('a');
    await expect.poll(() => receiver.requests.length).toBe(1);
    await expect
      .poll(() => {
        flow.scope.mark('b');
        return receiver.requests.length;
      })
      .toBe(2);
    await flow.flush();
    expect(diagnostics).toEqual([]);
  });
});

describe('a stream by websocket', () => {
  it('takes ws: addresses, and says why a receiver refused the upgrade', async () => {
    const receiver = await startReceiver({ upgrade: (turn) => (turn === 0 ? 403 : undefined) });
    stream(receiver, { url: receiver.url.replace('http:', 'ws:'), transport: 'websocket', name: 'ws' });
    flow.scope.mark('first');
    await flow.flush();
    flow.scope.mark('second');
    await flow.flush();
    expect(diagnostics).toEqual(['ws: 1 event may not have arrived: HTTP 403 No']);
    expect(names(receiver.lines())).toEqual(['second']);
  });

  it.each([
    ['HTTP 200 OK', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
    [
      'the receiver does not speak WebSocket',
      'HTTP/1.1 101 Yes\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: no\r\n\r\n',
    ],
  ])('does not take for a WebSocket what is none: %s', async (reason, answer) => {
    const receiver = await startReceiver();
    receiver.server.removeAllListeners('upgrade').on('upgrade', (_, socket) => void socket.end(answer));
    stream(receiver, { transport: 'websocket', name: 'ws' });
    flow.scope.mark('lost');
    await flow.flush();
    expect(diagnostics).toEqual([`ws: 1 event may not have arrived: ${reason}`]);
  });

  it('answers the pings of the receiver, and its goodbye', async () => {
    const receiver = await startReceiver({ greeting: Buffer.from([0x89, 2, 0x68, 0x69, 0x81, 1, 0x78]) });
    stream(receiver, { transport: 'websocket' });
    flow.scope.mark('first');
    await flow.flush();
    await expect.poll(() => receiver.requests[0]?.pongs).toEqual(['hi']);
    receiver.requests[0]?.send(Buffer.from([0x88, 2, 0x03, 0xe9]));
    await expect.poll(() => receiver.requests[0]?.ended).toBe(true);
    flow.scope.mark('second');
    await flow.flush();
    expect(receiver.requests.map(({ lines }) => names(lines))).toEqual([['first'], ['second']]);
  });

  it('sends again what the receiver had not read when it closed the connection', async () => {
    const receiver = await startReceiver();
    stream(receiver, { transport: 'websocket' });
    flow.scope.mark('first');
    await flow.flush();
    receiver.requests[0]?.close();
    marks(3);
    await flow.flush();
    expect(new Set(names(receiver.lines()))).toEqual(new Set(['first', 'm0', 'm1', 'm2']));
    expect(diagnostics).toEqual([]);
  });
});

describe('field names', () => {
  it('have underscores for dots in data and metadata, where that is asked for', async () => {
    const receiver = await startReceiver();
    stream(receiver, { fieldNamePolicy: 'replace_dots' });
    const data = { 'a.b': { 'c.d': [{ 'e.f': 1 }] }, a_b: 2, ['__proto__']: 'kept', plain: 'x.y' };
    flow.scope.mark('m', { data, metadata: { 'otel.status_code': 'OK' }, dataSchema: { name: 'n.m', version: '1' } });
    await flow.flush();
    const [event] = validated(receiver.lines());
    expect(event?.data).toEqual({ a_b: 2, a_b_: { c_d: [{ e_f: 1 }] }, ['__proto__']: 'kept', plain: 'x.y' });
    expect(event?.metadata).toMatchObject({ otel_status_code: 'OK' });
    expect(event?.data_schema).toEqual({ name: 'n.m', version: '1' });
  });

  it('stay as they are by default', async () => {
    const receiver = await startReceiver();
    stream(receiver);
    flow.scope.mark('m', { data: { 'a.b': 1 } });
    await flow.flush();
    expect(validated(receiver.lines())[0]?.data).toEqual({ 'a.b': 1 });
  });
});

describe('options that cannot be right', () => {
  it.each<[string, unknown]>([
    ['options are needed', undefined],
    ['url must be a URL', { url: 'nonsense' }],
    ['url must be a URL', {}],
    ['http:, https: for http_post', { url: 'ws://localhost' }],
    ['http:, https:, ws:, wss: for websocket', { url: 'ftp://localhost', transport: 'websocket' }],
    ['transport must be one of', { url: 'http://localhost', transport: 'toString' }],
    ['timeoutMillis must be', { url: 'http://localhost', timeoutMillis: 0 }],
    ['fieldNamePolicy must be', { url: 'http://localhost', fieldNamePolicy: 'drop' }],
    ['headers must be an object', { url: 'http://localhost', headers: null }],
    ["the header 'a b' must have", { url: 'http://localhost', headers: { 'a b': 'secret' } }],
    ["the header 'a' must have", { url: 'http://localhost', headers: { a: 'secret\n' } }],
  ])('are refused at once: %s', (message, options) => {
    const refused = expect.objectContaining({
      code: 'FLOW_INVALID_ARGUMENT',
      message: expect.stringContaining(message),
    });
    expect(() => atofStream(options as never)).toThrow(refused);
    expect(() => atofStream(options as never)).not.toThrow(/secret/);
  });

  it('are the name of a stream that is there already', async () => {
    const receiver = await startReceiver();
    stream(receiver);
    expect(() => atofStream({ url: receiver.url })).toThrow(expect.objectContaining({ code: 'FLOW_NAME_TAKEN' }));
    stream(receiver, { name: 'another' });
  });
});
