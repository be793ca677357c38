// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import type { Instrumentation } from './definition.ts';
import { isPolicyInForce } from './unpatched.ts';

const known = new Set<string>();
const untold: Instrumentation[] = [];

/** Says once for each package that the application has loaded what of it no patch point sees, as soon as there is policy. */
export function tellUnseen(instrumentation: Instrumentation): void {
  const { module, unseen } = instrumentation;
  if (unseen.length === 0 || known.has(module)) return;
  known.add(module);
  untold.push(instrumentation);
  // Absent in a runtime that an earlier version has made.
  getRuntime().internals.whenPolicyChanges?.(tell);
  tell();
}

function tell(): void {
  if (untold.length === 0 || !isPolicyInForce()) return;
  const { print } = getRuntime().internals.settings;
  for (const { module, unseen } of untold.splice(0)) {
    const rows = unseen.map(({ what }) => what).join('; ');
    print('info', `policy does not see of ${module}: ${rows} (docs/what-policy-cannot-see.md)`);
  }
}
