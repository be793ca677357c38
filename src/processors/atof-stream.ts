// SPDX-License-Identifier: Apache-2.0
import type * as Http from 'node:http';
import { getRuntime } from '../api/runtime.ts';
import type { EventRecord } from '../atof/record.ts';
import type { Registration } from '../pipeline/registry.ts';
import { checkOptions, invalid } from '../runtime/checks.ts';
import { type LineOptions, streamLine } from './atof-stream-line.ts';
import { postTransport } from './atof-stream-post.ts';
import { socketTransport } from './atof-stream-socket.ts';
import { type Attempt, type StreamTarget, type StreamTransport, withRetries } from './atof-stream-target.ts';
import { uploadTransport } from './atof-stream-upload.ts';

/** Where the events go, and how. */
export interface AtofStreamOptions {
  /** `http:` or `https:`; for the WebSocket transport also `ws:` or `wss:`. */
  readonly url: string;
  /** `http_post` (default): a request for each batch. `websocket`: a message for each event. `ndjson`: one long upload. */
  readonly transport?: 'http_post' | 'websocket' | 'ndjson' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For a connection, an answer, a write; default 3000. */
  readonly timeoutMillis?: number | undefined;
  /** `replace_dots` puts underscores for dots in the keys of `data` and `metadata`. Default `preserve`. */
  readonly fieldNamePolicy?: 'preserve' | 'replace_dots' | undefined;
  /** Tells streams to the same address apart, in diagnostics and registrations. */
  readonly name?: string | undefined;
}

/** Events and characters of one send. */
const MAX_BATCH = 512;
const MAX_BATCH_SIZE = 512 * 1024;

/**
 * Sends every event as one line of ATOF 0.1 to a receiver, in order; with payloads where `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` allows them
 * on spans. What cannot be sent now is tried again for some seconds while later events queue up in bounds; what is lost is counted and reported. After a broken connection an event may come twice. `flush()` waits until the receiver has it; a process is never kept. Removing the registration closes the stream.
 */
export function atofStream(options: AtofStreamOptions): Registration {
  const { flow, internals } = getRuntime();
  const { target, name, kind, fieldNamePolicy } = readOptions(options);
  const report = (count: number, reason: string): void => internals.report('atof', name, lost(count, reason));
  const transport = TRANSPORTS[kind](target, report);
  let pending = 0;
  // Why what is pending is not out yet.
  let trouble = '';
  let removed = false;
  const print = (event: EventRecord, how: LineOptions): string | undefined => {
    try {
      return streamLine(event, how);
    } catch (error) {
      // Longer than a text can be.
      pending--;
      report(1, String(error));
      return undefined;
    }
  };
  let tail: Promise<void> = Promise.resolve();

  const send = async (events: readonly EventRecord[]): Promise<void> => {
    const line: LineOptions = { content: internals.settings.spanContent, fieldNamePolicy };
    for (let at = 0; at < events.length;) {
      const lines: string[] = [];
      for (let size = 0; at < events.length && lines.length < MAX_BATCH && size < MAX_BATCH_SIZE; at++) {
        const text = print(events[at] as EventRecord, line);
        size += text?.length ?? 0;
        if (text !== undefined) lines.push(text);
      }
      if (lines.length === 0) continue;
      const attempt = async (): Promise<Attempt> => {
        const tried = await transport.send(lines);
        trouble = tried.sent ? '' : `: ${tried.reason}`;
        return tried;
      };
      const result = await withRetries(attempt, () => removed);
      pending -= lines.length;
      if (!result.sent) report(lines.length, result.reason);
    }
    if (removed) await end(transport);
  };
  const take = (events: readonly EventRecord[]): Promise<void> => {
    pending += events.length;
    return (tail = tail.then(() => send(events)));
  };
  const subscriber = Object.assign(take, { batch: true as const });
  const registration = flow.addSubscriber(`atof-stream:${name}`, subscriber as never);
  const forget = internals.addBarrier(() => transport.confirm());
  const atExit = (): void => {
    if (pending > 0) report(pending, `the process has ended${trouble}`);
  };
  process.on('exit', atExit);
  const remove = (): boolean => {
    if (removed) return false;
    // What was emitted before is still to come, and opens the stream once more.
    removed = true;
    const was = registration.remove();
    tail = tail.then(() => end(transport)).then(forget);
    process.off('exit', atExit);
    return was;
  };
  return { ...registration, remove, [Symbol.dispose]: () => void remove() };
}

async function end(transport: StreamTransport): Promise<void> {
  await transport.confirm();
  transport.close();
}

const TRANSPORTS = { http_post: postTransport, websocket: socketTransport, ndjson: uploadTransport } as const;

function readOptions(options: AtofStreamOptions) {
  const where = 'atofStream';
  if (options === undefined) invalid(where, 'options are needed', options);
  const {
    url: address,
    transport: kind = 'http_post',
    headers = {},
    timeoutMillis = 3000,
  } = checkOptions(where, options);
  const { fieldNamePolicy = 'preserve' } = options;
  if (!Object.hasOwn(TRANSPORTS, kind))
    invalid(where, `transport must be one of ${Object.keys(TRANSPORTS).join(', ')}`, kind);
  const schemes = kind === 'websocket' ? ['http:', 'https:', 'ws:', 'wss:'] : ['http:', 'https:'];
  const url = URL.canParse(address) ? new URL(address) : invalid(where, 'url must be a URL', address);
  if (!schemes.includes(url.protocol))
    invalid(where, `url must begin with one of ${schemes.join(', ')} for ${kind}`, url.protocol);
  if (!Number.isSafeInteger(timeoutMillis) || timeoutMillis <= 0 || timeoutMillis > 0x7fffffff)
    invalid(where, 'timeoutMillis must be a whole number above 0', timeoutMillis);
  if (fieldNamePolicy !== 'preserve' && fieldNamePolicy !== 'replace_dots')
    invalid(where, 'fieldNamePolicy must be preserve or replace_dots', fieldNamePolicy);
  checkHeaders(where, headers);
  const target: StreamTarget = { url, headers: { ...headers }, timeoutMillis };
  // Credentials and queries stay out of messages.
  return { target, kind, fieldNamePolicy, name: options.name ?? `${url.protocol}//${url.host}${url.pathname}` };
}

function checkHeaders(where: string, headers: unknown): void {
  if (typeof headers !== 'object' || headers === null) invalid(where, 'headers must be an object', headers);
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http') as typeof Http;
  for (const [name, value] of Object.entries(headers))
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value as string);
    } catch {
      // Without the value: it may be a credential.
      invalid(where, `the header '${name}' must have a name and a value that HTTP allows`, typeof value);
    }
}

const lost = (count: number, reason: string): Error =>
  new Error(`${count} ${count === 1 ? 'event' : 'events'} may not have arrived: ${reason}`);
