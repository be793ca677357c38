// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import { type ToolRun, runTool } from './managed-tool.ts';
import { POLICY_FAILED, isFailureOfPolicy } from './policy-failure.ts';
import { untold } from './tool-runner-refusal.ts';
import { asToolResult } from './tool-runner-result.ts';

/**
 * Runs a tool for a loop that tells the model what it returns, and whatever it throws. A rejection is told, too; but not how policy itself has failed: that ends
 * the loop, or, where the setting has the model answered, is a rejection without its reasons.
 */
export async function runForLoop(run: ToolRun, call: (input: never) => unknown): Promise<unknown> {
  let entered = false;
  let own: { readonly result: unknown } | undefined;
  const enter = async (input: never): Promise<unknown> => {
    entered = true;
    own = { result: await call(input) };
    return own.result;
  };
  try {
    const result = await runTool<unknown>(run, enter, (text) => text);
    return own !== undefined && Object.is(own.result, result) ? result : asToolResult(result, run.name);
  } catch (error) {
    if (!isFailureOfPolicy(error)) throw error;
    if (entered || getRuntime().internals.settings.toolRejection === 'throw') throw untold(error);
    return POLICY_FAILED;
  }
}
