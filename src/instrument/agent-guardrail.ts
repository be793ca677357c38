// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import type { Method } from './replacement.ts';
import { runScope } from './scope-run.ts';

/** `define({ name, execute })`, which makes what the loop runs: its `run` is a scope, which ends with the verdict. */
export function observeGuardrail(original: Method, by: string, kind: 'input' | 'output'): Method {
  return function define(this: any, ...definition: any[]) {
    const made = original.apply(this, definition);
    const { run, name } = made ?? {};
    if (typeof run !== 'function') return made;
    const what = { by, name: name || `${kind} guardrail`, type: 'guardrail', metadata: { guardrail: kind } } as const;
    // The framework has just made it, of what the application gave.
    made.run = (args: any, ...rest: any[]) => {
      const input: unknown = kind === 'input' ? args?.input : args?.agentOutput;
      return runScope({ ...what, input }, async (scope) => {
        const result = await run.call(made, args, ...rest);
        const { tripwireTriggered, outputInfo } = result?.output ?? {};
        scope.end({ output: { tripwireTriggered, outputInfo } });
        return result;
      });
    };
    return made;
  };
}
