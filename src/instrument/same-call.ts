// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, sameJson } from '../codecs/canonical-json.ts';
import type { Call } from '../runtime/call.ts';

/** What may stand between a framework's prefix and the name of a tool. A single underscore or hyphen is part of many a name of its own. */
const SEPARATORS = ['__', '.', '/', ':'];

/** The arguments that policy has let through, as text: the tool, and what the application hangs into it, may write to the object. */
const allowed = new WeakMap<Call, string | undefined>();
/** Calls of frameworks that have begun what they stand for. */
const begun = new WeakSet<Call>();

/** To be called before the tool of a call runs, where policy applies to it. */
export function noteAllowed(call: Call): void {
  if (!allowed.has(call)) allowed.set(call, textOf(call.input));
}

/** Whether what a layer beneath is asked for is the open call: its name and arguments say the same, and policy has answered for both. */
export function isOpenAlready(open: Call | undefined, name: string, args: unknown): open is Call {
  return open?.name === name && isOpenWith(open, args);
}

/**
 * The open call, where this is it without the prefix that frameworks give to tools of a server (`weather__get` for `get`). Only policy for the one name has
 * answered by then. Of several that look so the first is it, and one more after each that failed: {@link giveBack}.
 */
export function takePrefixed(open: Call | undefined, name: string, args: unknown): Call | undefined {
  if (open === undefined || begun.has(open) || !isPrefixed(open.name, name) || !isOpenWith(open, args))
    return undefined;
  begun.add(open);
  return open;
}

/** What was taken for the open call was not, or has failed and may be tried again. */
export function giveBack(open: Call): void {
  begun.delete(open);
}

/** Whether the framework's name is the tool's with a prefix, or with underscores for what models' names do not allow. */
export function isPrefixed(framework: string, name: string): boolean {
  const names = [name, name.replaceAll(/[^\w-]/gu, '_')];
  return (
    name !== '' &&
    names.some((each) => framework === each || SEPARATORS.some((separator) => framework.endsWith(separator + each)))
  );
}

function isOpenWith(call: Call, args: unknown): boolean {
  if (call.kind !== 'tool' || call.ended || !sameJson(call.input, args)) return false;
  return !allowed.has(call) || (allowed.get(call) !== undefined && allowed.get(call) === textOf(args));
}

function textOf(args: unknown): string | undefined {
  try {
    return canonicalJson(args);
  } catch {
    // What has no text cannot be compared: it is asked about again.
    return undefined;
  }
}
