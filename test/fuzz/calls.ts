// SPDX-License-Identifier: Apache-2.0
import { type CallView, flow } from '../../src/api/index.ts';
import type { Application, Settled } from './application.ts';
import { thrownBy } from './errors.ts';
import { headersFor, requestBody, responseBody } from './models.ts';
import { anything, isWaitedFor, payload } from './payloads.ts';
import type { Random } from './random.ts';

/** One time that a callback ran. */
interface Ran {
  readonly given: unknown;
  returned?: unknown;
  threw?: { readonly error: unknown };
}

/** A callback for a call, and what became of it. */
export interface Watched {
  readonly callback: (given: never, call: CallView) => unknown;
  readonly runs: readonly Ran[];
}

/** A callback that looks around, does something, and returns or throws anything. */
export function callbackFor(app: Application, random: Random, depth: number, result: () => unknown): Watched {
  const runs: Ran[] = [];
  const callback = (given: never, call: CallView): unknown => {
    const own = random.fork();
    const ran: Ran = { given };
    runs.push(ran);
    if (flow.scope.current().uuid !== call.uuid) app.violated('inside of a callback its call is not current');
    if (own.chance(0.2)) app.attempt('a mark', () => call.mark('mark', { data: payload(app, own) }));
    if (own.chance(0.1)) app.attempt('an annotation', () => call.annotate(payload(app, own) as never));
    if (own.chance(0.1)) app.attempt('a signal', () => call.signal.aborted);
    const finish = (): unknown => {
      if (own.chance(0.2)) {
        ran.threw = { error: thrownBy(app, own) };
        throw ran.threw.error;
      }
      ran.returned = result();
      return ran.returned;
    };
    if (own.chance(0.5)) return finish();
    return (async () => {
      if (own.chance(0.5)) await app.steps(own, depth + 1);
      return finish();
    })();
  };
  return { callback, runs };
}

/** The options that every call can be made with. */
export function commonOptions(app: Application, random: Random): object {
  const options: Record<string, unknown> = { name: app.name('call') };
  if (random.chance(0.2)) options['metadata'] = { key: payload(app, random), root_uuid: 'mine' };
  if (random.chance(0.2)) options['data'] = anything(app, random);
  if (random.chance(0.1)) options['attributes'] = ['remote', 'own.flag', 'remote'];
  if (random.chance(0.1) && app.handles.length > 0) options['parent'] = random.pick(app.handles);
  if (random.chance(0.1)) {
    const controller = new AbortController();
    options['signal'] = controller.signal;
    if (random.chance(0.5)) void app.settle('an abort', () => controller.abort(app.own(new Error('aborted'))));
  }
  return options;
}

/** A tool call, and whether it went as it must. */
export async function toolCall(app: Application, random: Random, depth: number): Promise<void> {
  const args = anything(app, random);
  const { callback, runs } = callbackFor(app, random, depth, () => anything(app, random));
  const wrapped = random.chance(0.2);
  const settled = await app.settle('a tool', () =>
    wrapped
      ? flow.tool.wrap(app.name('wrapped'), (given: unknown) => callback(given as never, currentCall()))(args)
      : flow.tool.execute({ ...commonOptions(app, random), id: 'id', args } as never, callback),
  );
  if (!app.powers.tool.input && runs.some(({ given }) => !Object.is(given, args)))
    app.violated('a tool got other arguments than it was called with');
  checkOutcome(app, 'tool', runs, settled);
}

/** A buffered model call, and whether it went as it must. */
export async function modelCall(app: Application, random: Random, depth: number): Promise<void> {
  const headers = headersFor(app, random);
  const content = requestBody(app, random);
  const { callback, runs } = callbackFor(app, random, depth, () => responseBody(app, random));
  const request = headers === undefined ? { content } : { headers, content };
  const settled = await app.settle('a model', () =>
    flow.llm.execute({ ...commonOptions(app, random), request } as never, callback as never),
  );
  checkRequests(app, 'llm', runs, request);
  checkOutcome(app, 'llm', runs, settled);
}

/** Every run of the callback got the headers and the content that the call was made with. */
export function checkRequests(
  app: Application,
  family: 'llm' | 'stream',
  runs: readonly { readonly given: unknown }[],
  request: { readonly headers?: unknown; readonly content: unknown },
): void {
  if (app.powers[family].input) return;
  for (const { given } of runs) {
    const { headers, content } = given as { headers: unknown; content: unknown };
    if (!Object.is(content, request.content)) app.violated('a model got another content than it was called with');
    if (request.headers !== undefined && !Object.is(headers, request.headers))
      app.violated('a model got other headers than it was called with');
  }
}

/** What the callback returned or threw is what the caller gets; where it never ran, only policy can have refused the call. */
export function checkOutcome(
  app: Application,
  family: 'tool' | 'llm' | 'stream',
  runs: readonly Ran[],
  settled: Settled,
): void {
  if (app.powers[family].outcome) return;
  const [ran, again] = runs;
  if (again !== undefined) app.violated(`${family}: the callback ran more than once`);
  if (ran === undefined) {
    checkRefusal(app, family, settled);
    return;
  }
  if (ran.threw !== undefined) {
    if (settled.ok || !Object.is(settled.error, ran.threw.error))
      app.violated(`${family}: what the callback threw is not what the caller got`, settled.ok ? '' : settled.error);
  } else if (!isWaitedFor(ran.returned) && (!settled.ok || !Object.is(settled.value, ran.returned)))
    app.violated(`${family}: what the callback returned is not what the caller got`, settled.ok ? '' : settled.error);
}

/** A call that never reached its callback was refused, and says so. */
export function checkRefusal(app: Application, family: string, settled: Settled): void {
  const status = settled.ok ? undefined : (settled.error as { status?: unknown } | undefined)?.status;
  if (status !== 403)
    app.violated(
      `${family}: the callback never ran and nothing refused the call`,
      settled.ok ? 'it resolved' : settled.error,
    );
}

// A wrapped function is not told its call.
function currentCall(): CallView {
  const { uuid } = flow.scope.current();
  return { uuid, mark: () => undefined, annotate: () => undefined, signal: {} } as unknown as CallView;
}
