// SPDX-License-Identifier: Apache-2.0
import { type ScopeHandle, codecs, flow, isFlowError } from '../../src/api/index.ts';
import type { Application } from './application.ts';
import { thrownBy, trap } from './errors.ts';
import { anything, quiet } from './payloads.ts';
import type { Random } from './random.ts';

type Method = (...values: unknown[]) => unknown;

/** Every function that the API has, by its path: also those that are still to come. */
const FUNCTIONS: readonly (readonly [string, Method])[] = [
  ...functionsOf('flow', flow),
  ...functionsOf('codecs', codecs).filter(([path]) => path.endsWith('detect')),
];

function functionsOf(path: string, value: unknown): (readonly [string, Method])[] {
  if (typeof value === 'function') return [[path, value as Method]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => functionsOf(`${path}.${name}`, each));
}

/** What a handle or a view can be asked for. */
const HANDLE_METHODS = ['run', 'mark', 'end', 'fail', 'addSubscriber', 'addGate'] as const;

/** Calls anything with anything. Whatever comes of it is coded, or the application's own. */
export async function misuse(app: Application, random: Random): Promise<void> {
  const values = Array.from({ length: random.below(4) }, () => argument(app, random));
  if (random.chance(0.3) && app.handles.length > 0) {
    const handle = random.pick(app.handles);
    const method = random.pick(HANDLE_METHODS);
    await observe(app, `handle.${method}`, () => (handle[method] as Method).apply(handle, values));
    return;
  }
  const [path, fn] = random.pick(FUNCTIONS);
  await observe(app, path, () => fn(...values));
}

async function observe(app: Application, path: string, work: () => unknown): Promise<void> {
  const settled = await app.settle(path, async () => {
    const value = work();
    takeOver(app, path, value);
    return value;
  });
  if (settled.ok) takeOver(app, path, settled.value);
  else {
    const error = isFlowError(settled.error);
    if (error?.code === 'FLOW_INVALID_ARGUMENT' && error.message.includes('[object Object]'))
      app.violated(`${path}: a message that names nothing`, error);
  }
}

// What has come of it after all must not outlive the case.
function takeOver(app: Application, path: string, value: unknown): void {
  try {
    // Its function may have returned a generator that nobody reads.
    if (path === 'flow.scope.run' || path === 'flow.llm.stream') app.leavesOpen = true;
    if (path === 'flow.onDiagnostic') app.closers.push(value as () => void);
    if (typeof value !== 'object' || value === null) return;
    if ('remove' in value && typeof value.remove === 'function') {
      // A gate would keep the witness out of what it must see; an intercept may do anything.
      if (path.endsWith('addGate')) value.remove();
      else app.registrations.push(value as never);
      if (path.includes('Intercept')) app.anythingGoes();
    } else if ('end' in value && 'uuid' in value) {
      const handle = value as ScopeHandle;
      if (path === 'flow.scope.push') flow.scope.pop(handle);
      app.closers.push(() => handle.ended || handle.parentUuid === null || handle.end());
    } else if (typeof (value as { return?: unknown }).return === 'function')
      void app.settle('a stream that came of misuse', () => (value as AsyncIterator<unknown>).return?.());
  } catch {
    // One of the application's own that cannot be looked at.
  }
}

function argument(app: Application, random: Random): unknown {
  switch (random.below(9)) {
    case 0:
      return app.name('misused');
    case 1:
      return () => (random.chance(0.2) ? quiet(Promise.reject(thrownBy(app, random))) : anything(app, random));
    case 2:
      return optionBag(app, random);
    case 3:
      return optionBag(app, random);
    case 4:
      return app.handles.length > 0 ? random.pick(app.handles) : flow.scope.current();
    case 5:
      return trap(app);
    default:
      return anything(app, random);
  }
}

const OPTIONS = [
  'name',
  'type',
  'subtype',
  'attributes',
  'metadata',
  'data',
  'parent',
  'signal',
  'time',
  'args',
  'id',
  'request',
  'model',
  'provider',
  'codec',
  'valueCodecs',
  'collector',
  'finalizer',
  'streaming',
  'propagate',
  'scope',
  'dataSchema',
  'severity',
  'category',
  'profile',
  'priority',
  'replace',
  'timeout',
  'output',
  'error',
  'result',
  'response',
  'kinds',
  'registration',
] as const;

// What looks like a scope, and is none.
function notQuite(app: Application, random: Random): unknown {
  const handle = app.handles.length > 0 ? random.pick(app.handles) : flow.scope.current();
  return random.pick<() => unknown>([
    () => Object.create(handle) as unknown,
    () => new Proxy(handle, {}),
    () => ({ uuid: handle.uuid }),
    () => handle.uuid,
  ])();
}

// Options of any function, some of them as they should be.
function optionBag(app: Application, random: Random): object {
  const bag: Record<string, unknown> = { name: app.name('bag'), request: { content: {} } };
  for (let left = random.below(5); left > 0; left--) bag[random.pick(OPTIONS)] = anything(app, random);
  if (random.chance(0.2)) bag[random.pick(['parent', 'scope'])] = notQuite(app, random);
  return bag;
}
