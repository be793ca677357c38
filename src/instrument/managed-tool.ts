// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import { type GuardrailRejectedError, isFlowError } from '../errors.ts';
import type { Call } from '../runtime/call.ts';
import type { Outcome } from '../runtime/span.ts';
import { POLICY_FAILED, isFailureOfPolicy, withoutReasons } from './policy-failure.ts';
import { giveBack, isOpenAlready, noteAllowed, takePrefixed } from './same-call.ts';

/** One run of a tool, as the framework is about to make it. */
export interface ToolRun<Result = unknown> {
  /** Short name of the instrumentation. */
  readonly by: string;
  readonly name: string;
  /** The provider's id of the call, where the framework knows it. */
  readonly id?: string | undefined;
  readonly args: unknown;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** False where the SDK makes a span of its own for it. */
  readonly spans?: boolean;
  /** Of a result that says that the tool failed: what it says. The framework gets it as any other; the call ends as an error. */
  readonly failed?: ((result: Result) => string | undefined) | undefined;
  /** The caller's own: the call's follows it, and what policy has not let through by then does not run. */
  readonly signal?: AbortSignal | undefined;
  /** True where the SDK refuses in its own words what its caller has left. */
  readonly refusesLeft?: boolean;
  /** True where it is another call although the open one looks the same: a gateway passes on what it is asked for. */
  readonly passedOn?: boolean;
  /** True where a framework above may know the tool by its name with a prefix: one call, which policy is asked about under both names. */
  readonly prefixable?: boolean;
  /** True where the framework tells the model whatever the tool throws: a rejection may be told, but not how policy itself has failed. */
  readonly toldToModel?: boolean;
}

/**
 * Runs the tool as a managed call. `answer` makes the framework's form of a result out of text: where the setting says so, a rejection is told
 * to the model in that form instead of being thrown. What an outer layer has begun already (a framework over an MCP client) is not managed twice; where that has
 * another name for it, policy is asked about this one, too, and the call is recorded once.
 */
export async function runTool<Result>(
  {
    by,
    name,
    id,
    args,
    metadata,
    spans = true,
    failed,
    signal,
    refusesLeft = false,
    passedOn = false,
    prefixable = false,
    toldToModel = false,
  }: ToolRun<Result>,
  run: (args: never) => Result | PromiseLike<Result>,
  answer?: (text: string) => Result,
): Promise<Result> {
  const { internals } = getRuntime();
  const { Call: CallClass, currentFrame, execute, settings } = internals;
  const frame = currentFrame();
  const open = frame.scope.call as Call | undefined;
  if (!passedOn && isOpenAlready(open, name, args)) return noteFailure(open, await run(args as never), failed);
  const recordedBy = prefixable && !passedOn ? takePrefixed(open, name, args) : undefined;
  const call = new CallClass(
    {
      kind: 'tool',
      type: 'tool',
      name,
      callId: id,
      input: args,
      metadata,
      signal,
      spans: spans && settings.hasSpans(by),
      recordedBy,
    },
    frame,
  );
  let entered = false;
  const goesOn = refusesLeft || signal?.aborted === true;
  try {
    const enter = (given: never): Result | PromiseLike<Result> => {
      // Whoever left while policy was asked does not want it any more.
      if (!goesOn) signal?.throwIfAborted();
      entered = true;
      if (hasPolicy(call)) noteAllowed(currentFrame().scope.call as Call);
      return run(given);
    };
    const result = (await execute(call, enter, (result) => outcomeBy(call, result as Result, failed))) as Result;
    if (recordedBy === undefined) return result;
    if (call.recordedBy === undefined || failed?.(result) !== undefined) giveBack(recordedBy);
    return call.recordedBy === undefined ? result : noteFailure(recordedBy, result, failed);
  } catch (error) {
    if (recordedBy !== undefined) giveBack(recordedBy);
    // What is rejected inside of the tool is the tool's own failure.
    const refusal = entered ? undefined : isFlowError(error);
    if (toldToModel && isFailureOfPolicy(error)) {
      if (entered || answer === undefined || settings.toolRejection === 'throw') throw withoutReasons(error);
      return answer(POLICY_FAILED);
    }
    if (refusal?.code !== 'FLOW_GUARDRAIL_REJECTED' || answer === undefined || settings.toolRejection === 'throw')
      throw error;
    const told = answer(`The call was rejected: ${(refusal as GuardrailRejectedError).reason}`);
    return recordedBy === undefined ? told : noteFailure(recordedBy, told, failed);
  }
}

/** Calls in which the layer beneath has got a result that says that the tool failed, with what it says. The layer above may make anything of that. */
const failures = new WeakMap<Call, string>();

function noteFailure<Result>(call: Call, result: Result, failed: ToolRun<Result>['failed']): Result {
  const description = failed?.(result);
  if (description !== undefined) failures.set(call, description);
  else failures.delete(call);
  return result;
}

const OK: Outcome = Object.freeze({ status: 'OK' });

/** `tool_error`: as the conventions for MCP have it. */
function outcomeBy<Result>(call: Call, result: Result, failed: ToolRun<Result>['failed']): Outcome {
  const description = failed?.(result) ?? failures.get(call);
  return description === undefined ? OK : { status: 'ERROR', errorType: 'tool_error', description };
}

const hasPolicy = ({ chains }: Call): boolean =>
  chains['tool.conditional_execution'].length + chains['tool.request_intercept'].length > 0 ||
  chains['tool.execution_intercept'].length > 0;
