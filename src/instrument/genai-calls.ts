// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { AsyncLocalStorage } from 'node:async_hooks';
import { runTool } from './managed-tool.ts';

/** A call that the model asks for. */
export type FunctionCall = { readonly id?: string; readonly name?: string; readonly args?: any };
/** What answers one, as the SDK sends it. */
export type Part = any;

/** A tool of the application's, and which of the calls that it is handed are its own. */
export interface Callable {
  readonly by: string;
  readonly callTool: (calls: readonly FunctionCall[]) => Promise<Part[]>;
  readonly isOwn: (call: FunctionCall) => boolean;
}

/** Calls of one tool, one after the other, each by itself. */
export async function callEach(callable: Callable, calls: readonly FunctionCall[]): Promise<Part[]> {
  const parts: Part[] = [];
  for (const call of calls)
    parts.push(...(callable.isOwn(call) ? (await callOne(callable, call)).parts : await callable.callTool([call])));
  return parts;
}

/** What became of a call: the parts that answer it, and whether they are the tool's own. */
interface Answer {
  readonly parts: Part[];
  readonly isOwn: boolean;
}

/** One call, managed; `run` makes it where the tool is not simply handed it. */
export async function callOne(
  { by, callTool }: Callable,
  call: FunctionCall,
  run?: (given: FunctionCall) => Promise<Part[]>,
): Promise<Answer> {
  // What the tool itself answered, and be it nothing.
  let own: { readonly parts: Part[] } | undefined;
  const { name = 'unknown', id, args } = call;
  const result = await runTool<unknown>(
    { by, name, id, args, failed },
    async (given) => {
      const asked = given === args ? call : { ...call, args: given };
      own = { parts: await (run ?? ((each) => callTool([each])))(asked) };
      return resultOf(own.parts);
    },
    (text) => ({ error: text }),
  );
  if (own !== undefined && Object.is(result, resultOf(own.parts))) return { parts: own.parts, isOwn: true };
  if (isParts(result)) return { parts: result, isOwn: false };
  const [first] = Array.isArray(own?.parts) ? own.parts : [];
  const answered = first?.functionResponse ?? { ...(id !== undefined && { id }), name };
  // Nothing is told as nothing: each call has to be answered.
  const isObject = typeof result === 'object' && result !== null && !Array.isArray(result);
  const response = isObject ? result : { output: result };
  return { parts: [{ ...first, functionResponse: { ...answered, response } }], isOwn: false };
}

/** Several calls are one call of the application's tool, as without us: it may run them at once. It is made when the last of them was let through or refused. */
export async function callTogether(callable: Callable, calls: readonly FunctionCall[], count: number): Promise<Part[]> {
  const outside = AsyncLocalStorage.snapshot();
  const answered = Promise.withResolvers<Part[]>();
  // Where all of ours were refused nobody waits for the rest, and a tool may throw at a call that it does not know.
  answered.promise.catch(() => undefined);
  const asked: (FunctionCall | undefined)[] = calls.map((call) => (callable.isOwn(call) ? undefined : call));
  let open = count;
  const arrive = (): void => {
    if (--open > 0) return;
    const left = asked.filter((call) => call !== undefined);
    const given = left.length === calls.length && left.every((call, index) => call === calls[index]) ? calls : left;
    const all = left.length === 0 ? Promise.resolve([]) : outside(() => callable.callTool(given));
    all.then(answered.resolve, answered.reject);
  };
  const taken = new Set<Part>();
  const runs = calls.map(async (call, index): Promise<Answer | undefined> => {
    if (asked[index] !== undefined) return undefined;
    let arrived = false;
    try {
      return await callOne(callable, call, async (given) => {
        arrived = true;
        asked[index] = given;
        arrive();
        return take(await answered.promise, given, taken);
      });
    } finally {
      if (!arrived) arrive();
    }
  });
  const settled = await Promise.allSettled(runs);
  for (const run of settled) if (run.status === 'rejected') throw run.reason;
  const answers = settled.map((run) => (run as PromiseFulfilledResult<Answer | undefined>).value);
  const native = await answered.promise;
  if (answers.every((answer) => answer === undefined || answer.isOwn)) return native;
  const others = Array.isArray(native) ? native.filter((part) => !taken.has(part)) : [];
  return [...answers.flatMap((answer) => answer?.parts ?? []), ...others];
}

/** The part that answers the call: by its id, else the next one by its name. */
function take(parts: unknown, { id, name }: FunctionCall, taken: Set<Part>): Part[] {
  const open = (Array.isArray(parts) ? parts : []).filter((part) => part?.functionResponse && !taken.has(part));
  const found =
    open.find((part) => id !== undefined && part.functionResponse.id === id) ??
    open.find((part) => part.functionResponse.id === undefined && part.functionResponse.name === name);
  if (found === undefined) return [];
  taken.add(found);
  return [found];
}

/** What an intercept left of several parts; a list of other things is what a function returns. */
function isParts(result: unknown): result is Part[] {
  return Array.isArray(result) && result.some((part) => part?.functionResponse !== undefined);
}

/** What the tool said, without the form that the provider wants it in, where that is all there is. */
function resultOf(parts: unknown): unknown {
  if (!Array.isArray(parts) || parts.length > 1) return parts;
  return parts[0]?.functionResponse?.response ?? parts[0];
}

/** The API reads an `error` in what a function answered as its failure. */
function failed(result: any): string | undefined {
  const error = Array.isArray(result) ? undefined : result?.error;
  if (error === undefined || error === null) return undefined;
  const text = error.message ?? error.content?.[0]?.text ?? error;
  return typeof text === 'string' ? text : 'the tool answered with an error';
}
