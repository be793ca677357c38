// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import type { LlmRequest } from '../runtime/call.ts';
import type { LoadedPackage } from './definition.ts';
import { type Ask, asking, openCall } from './langchain-call.ts';
import { plainResult } from './langchain-messages.ts';
import { resultFrom } from './langchain-rebuild.ts';
import { streamChunks, streamEvents } from './langchain-stream.ts';
import { isOwnedAbove } from './model-owner.ts';
import { patchMethod } from './patch-method.ts';
import type { Method } from './replacement.ts';

/** What is known of the framework, and what runs through it. */
interface Models {
  readonly loaded: LoadedPackage;
  readonly base: any;
  /** Classes, by the name that they and those derived from them have in the framework, whose SDK is patched. */
  readonly seamBeneath: ReadonlySet<string>;
}

/**
 * Manages the models beneath which no SDK of ours is, at the methods that a model's own class has. Which class that is, is known when one of these is called; the
 * methods of the class above all of them stay: by those it knows what a model cannot do.
 */
export function patchModels(
  base: any,
  seamBeneath: ReadonlySet<string>,
  loaded: LoadedPackage,
  entry: string,
): boolean {
  const models: Models = { loaded, base, seamBeneath };
  return patchMethod(base, entry, (original) => {
    return function (this: any, ...args: any[]) {
      if (!hasSeamBeneath(this, models)) patchOwners(this, models);
      return original.apply(this, args);
    };
  });
}

// Out of a bundle nobody has seen the SDK beneath.
function hasSeamBeneath(model: any, { loaded, seamBeneath }: Models): boolean {
  if (loaded.format === 'bundled') return false;
  for (let at = model.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at))
    if (Object.hasOwn(at, 'lc_name') && seamBeneath.has(at.lc_name())) return true;
  return false;
}

function patchOwners(model: any, models: Models): void {
  const patch = (name: string, around: (original: Method) => Method): void => {
    if (model[name] !== models.base.prototype[name])
      patchMethod({ prototype: Object.getPrototypeOf(model) }, name, around);
  };
  patch('_generate', (original) => {
    return function _generate(this: any, messages: any[], options: any, ...rest: any[]) {
      const send = (given: any[], changed: any): any => original.call(this, given, changed, ...rest);
      return isOthers(this, models) ? send(messages, options) : generate(this, models, messages, options, send);
    };
  });
  patch('_streamResponseChunks', (original) => {
    return function _streamResponseChunks(this: any, messages: any[], options: any, manager: any, ...rest: any[]) {
      const send = (given: any[], changed: any, told: any): any => original.call(this, given, changed, told, ...rest);
      return isOthers(this, models)
        ? send(messages, options, manager)
        : streamChunks(this, models.loaded, messages, options, manager, send);
    };
  });
  patch('_streamChatModelEvents', (original) => {
    return function _streamChatModelEvents(this: any, messages: any[], options: any, ...rest: any[]) {
      const send = (given: any[], changed: any): any => original.call(this, given, changed, ...rest);
      return isOthers(this, models) ? send(messages, options) : streamEvents(this, models, messages, options, send);
    };
  });
}

/** A model within a model, or a method that calls another: the outermost is the call. */
const isOthers = (model: any, models: Models): boolean => isOwnedAbove() || hasSeamBeneath(model, models);

async function generate(model: any, models: Models, messages: any[], options: any, send: Ask): Promise<any> {
  const call = openCall(model, messages, options, false);
  models.loaded.tally.calls++;
  const answers: { readonly real: any; readonly plain: object; readonly printed: string }[] = [];
  const ask = asking(model, call, messages, options, send);
  const result: any = await getRuntime().internals.execute(call, async (request: LlmRequest) => {
    const real = await ask(request);
    const plain = plainResult(real, call.model);
    answers.push({ real, plain, printed: JSON.stringify(plain) });
    return plain;
  });
  const own = answers.findLast(({ plain }) => plain === result);
  if (own !== undefined && JSON.stringify(result) === own.printed) return own.real;
  return resultFrom(model, result, (own ?? answers.at(-1))?.real);
}
