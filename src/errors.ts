// SPDX-License-Identifier: Apache-2.0

/** Every code a {@link FlowError} can carry, with what it means and how to mend it. The troubleshooting page is keyed by these. */
export const ERROR_CODES: { readonly [Code in ErrorCode]: string } = {
  FLOW_GUARDRAIL_REJECTED: 'A conditional-execution guardrail refused the call.',
  FLOW_GUARDRAIL_FAILED: 'A guardrail threw; policy fails closed, so the call was refused. See `cause`.',
  FLOW_INTERCEPT_FAILED: 'A request intercept threw; policy fails closed, so the call was refused. See `cause`.',
  FLOW_INVALID_VERDICT: 'A guardrail or request intercept returned something that is no verdict; the call was refused.',
  FLOW_INVALID_ARGUMENT: 'An argument is not what the function takes. The message names the value and the fix.',
  FLOW_MIDDLEWARE_TIMEOUT:
    'A middleware took longer than the `timeout` it was registered with. Of a guardrail or request intercept it is the `cause` of the refusal.',
  FLOW_NAME_TAKEN:
    'A registration of this kind and name exists in this owner. Choose another name or pass { replace: true }.',
  FLOW_NEXT_EXPIRED: '`next` was called after its intercept had settled or its stream had closed.',
  FLOW_REENTRANT_FLUSH: 'flush() was awaited inside a callback that flush() waits for.',
  FLOW_SCOPE_CLOSED: 'The scope has already ended.',
  FLOW_SCOPE_IS_ROOT: 'The implicit root scope cannot be ended or popped.',
  FLOW_SCOPE_NOT_TOP: 'Only the innermost pushed scope can be popped; pop the later ones first.',
  FLOW_UNPATCHED:
    'An AI SDK or a request that policy cannot see, refused because FLOW_UNPATCHED is `refuse` and policy is in force.',
};

/** A code of {@link ERROR_CODES}. Codes are stable within a major version; messages are not. */
export type ErrorCode =
  | 'FLOW_GUARDRAIL_REJECTED'
  | 'FLOW_GUARDRAIL_FAILED'
  | 'FLOW_INTERCEPT_FAILED'
  | 'FLOW_INVALID_VERDICT'
  | 'FLOW_INVALID_ARGUMENT'
  | 'FLOW_MIDDLEWARE_TIMEOUT'
  | 'FLOW_NAME_TAKEN'
  | 'FLOW_NEXT_EXPIRED'
  | 'FLOW_REENTRANT_FLUSH'
  | 'FLOW_SCOPE_CLOSED'
  | 'FLOW_SCOPE_IS_ROOT'
  | 'FLOW_SCOPE_NOT_TOP'
  | 'FLOW_UNPATCHED';

const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'FLOW_GUARDRAIL_REJECTED',
  'FLOW_GUARDRAIL_FAILED',
  'FLOW_INTERCEPT_FAILED',
  'FLOW_INVALID_VERDICT',
  'FLOW_UNPATCHED',
]);

const BRAND = Symbol.for('flow.error.v1');

/** Every error that Flow itself makes. The application's and the SDKs' own errors are never wrapped in it. */
export class FlowError extends Error {
  override readonly name: string = 'FlowError';
  readonly code: ErrorCode;
  /** 403 where policy refused a call, so that no provider SDK and no framework retries it. */
  readonly status?: number;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    if (REFUSALS.has(code)) this.status = 403;
  }
}
Object.defineProperty(FlowError.prototype, BRAND, { value: true });

/**
 * A guardrail said no.
 * Some SDK helpers wrap every error: find it with {@link isFlowError}.
 */
export class GuardrailRejectedError extends FlowError {
  override readonly name: string = 'GuardrailRejectedError';
  declare readonly status: number;
  /** Name under which the guardrail was registered. */
  readonly guardrail: string;
  /** What the guardrail gave as its reason. */
  readonly reason: string;
  /** The guardrail's own code, when it gave one. */
  readonly reasonCode: string | undefined;

  constructor(guardrail: string, reason: string, reasonCode?: string) {
    super('FLOW_GUARDRAIL_REJECTED', `guardrail rejected: ${reason}`);
    this.guardrail = guardrail;
    this.reason = reason;
    this.reasonCode = reasonCode;
  }
}

// The flag loads one copy of Flow, the application may load another: to `instanceof` their classes are the same.
recognise(FlowError, () => true);
recognise(GuardrailRejectedError, ({ code }) => code === 'FLOW_GUARDRAIL_REJECTED');

function recognise(type: Function, isOne: (error: FlowError) => boolean): void {
  const hasInstance = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (hasInstance.call(this as Function, value)) return true;
      // A class that somebody derives from these is its own matter.
      if (this !== type || typeof value !== 'object' || value === null) return false;
      return (value as { [BRAND]?: unknown })[BRAND] === true && isOne(value as FlowError);
    },
  });
}

/** Where errors that wrap another keep it: the language's own member, and those of `@openai/agents` and `ai`. */
type Wrapper = { readonly cause?: unknown; readonly error?: unknown; readonly lastError?: unknown };

/**
 * Finds a FlowError on the value itself or in what it wraps (`cause`, or the members that some SDKs have instead; 16 links at most), whichever copy
 * of Flow made it. Returns the FlowError, or undefined.
 */
export function isFlowError(value: unknown): FlowError | undefined {
  let current: unknown = value;
  try {
    for (let depth = 0; depth < 16 && typeof current === 'object' && current !== null; depth++) {
      if ((current as { [BRAND]?: unknown })[BRAND] === true) return current as FlowError;
      const { cause, error, lastError } = current as Wrapper;
      current = cause ?? error ?? lastError;
    }
  } catch {
    // What cannot be read is no error of ours.
  }
  return undefined;
}
