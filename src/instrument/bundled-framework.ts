// SPDX-License-Identifier: Apache-2.0
import type { Instrumentation } from './definition.ts';
import { coverage } from './ledger.ts';
import { checkUnpatched } from './unpatched.ts';

/** A framework that an SDK beneath sends for: its module is the one that holds its tools. */
export type Framework = Instrumentation & { readonly userAgent: RegExp };

/** One list per process, as the ledger is: `--import` loads the CommonJS copy of Flow, and `instrument()` of an ES module is the other's. */
const KEY: unique symbol = Symbol.for('flow.frameworks.v1') as never;
const known = globalThis as { [KEY]?: readonly Framework[] };

/** The frameworks among them, to be known by {@link checkFramework} as well. */
export function noteFrameworks(instrumentations: readonly Instrumentation[]): readonly Framework[] {
  return (known[KEY] = instrumentations.filter((each): each is Framework => each.userAgent !== undefined));
}

/** For the seam beneath: throws where a framework has this request sent whose tools policy does not see, and such is refused. */
export function checkFramework(agent: string): void {
  for (const each of known[KEY] ?? [])
    if (each.userAgent.test(agent) && !isSeen(each))
      checkUnpatched(
        `${each.module}: policy does not see the tools that it calls; keep ${each.external} out of the bundle`,
      );
}

/** Whether its tools were handed to us, or any part of its package was seen to load: a package is not bundled in part. */
export function isSeen({ module }: Framework): boolean {
  return coverage().some(
    ({ name, patched, format }) =>
      (name === module && patched.length > 0) || (format !== 'bundled' && packageOf(name) === packageOf(module)),
  );
}

const packageOf = (module: string): string => module.split('/', module.startsWith('@') ? 2 : 1).join('/');
