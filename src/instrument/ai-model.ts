// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's objects */
import { getRuntime } from '../api/runtime.ts';
import { MODEL_METHODS, type ModelMethod, type Owner } from './ai-model-call.ts';
import { isOwnedAbove } from './model-owner.ts';
import { copyWith } from './tool-copy.ts';
import { mustSeeAll } from './unpatched.ts';
import { watchWire } from './wire-watch.ts';

/** By model, so that the SDK gets the same object each time. */
const managed = new WeakMap<object, object>();
/** Views of models, and models of the SDK's own wrapping with such a view beneath. */
const isManaged = new WeakSet<object>();

/** Classes of models whose requests were seen at the wire, and those whose were not although they look as if. */
const atWire = new WeakSet<object>();
const pastWire = new WeakSet<object>();
/** The same for models that are no instances of a class, which may be made anew for each call. */
const pastWireProviders = new Set<string>();

/**
 * A model whose calls pass a seam of ours beneath is given back as it is. Any other comes as a view whose `doGenerate`, `doStream` and `doEmbed` are managed
 * calls; the application's own object is never written to. Whether there is a seam shows at the first call of a class: its package may have utilities of its
 * own.
 */
export function manageModel(model: any, owner: Owner): any {
  if (typeof model !== 'object' || model === null || isManaged.has(model)) return model;
  if (atWire.has(kindOf(model)) && hasSeamBeneath(model)) return model;
  const known = managed.get(model);
  if (known !== undefined) return known;
  const methods: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(MODEL_METHODS))
    if (typeof model[name] === 'function')
      methods[name] = (options: any) => callModel(model, name, method, options, owner);
  if (Object.keys(methods).length === 0) return model;
  const view = copyWith(model, methods);
  managed.set(model, view);
  isManaged.add(view);
  return view;
}

/**
 * `wrapLanguageModel` and its like around the managed model: what middleware answers itself is no call of a model, and what it asks it is one, whoever calls
 * what comes out.
 */
export function wrapManaged(options: any, wrap: (options: any) => any, owner: Owner): any {
  const model = manageModel(options?.model, owner);
  const wrapped = wrap(model === options?.model ? options : { ...options, model });
  if (typeof wrapped === 'object' && wrapped !== null) isManaged.add(wrapped);
  return wrapped;
}

async function callModel(
  model: any,
  name: string,
  { codec, manage }: ModelMethod,
  options: any,
  owner: Owner,
): Promise<unknown> {
  const kind = kindOf(model);
  if (isOwnedAbove(codec) || atWire.has(kind)) return model[name](options);
  if (!hasSeamBeneath(model)) return manage(model, options, owner);
  const mustSee = mustSeeAll();
  const { result, passed } = await watchWire(() => (mustSee ? manage(model, options, owner) : model[name](options)));
  if (passed) atWire.add(kind);
  else notePast(model, mustSee);
  return result;
}

function notePast(model: any, isSeen: boolean): void {
  if (isPast(model)) return;
  const kind = kindOf(model);
  if (kind === model) pastWireProviders.add(String(model.provider));
  else pastWire.add(kind);
  if (isSeen) return;
  getRuntime().internals.settings.print(
    'warn',
    `ai: a model of '${model.provider}' sends past the provider utilities that Flow patches: its first call was neither observed nor controlled, ` +
      `its next ones are; FLOW_UNPATCHED=refuse has the first one managed, too`,
  );
}

function isPast(model: any): boolean {
  const kind = kindOf(model);
  return kind === model ? pastWireProviders.has(String(model.provider)) : pastWire.has(kind);
}

/** Models of one class send alike; one that is no instance of a class is told by itself. */
function kindOf(model: any): object {
  const { constructor } = model;
  return typeof constructor === 'function' && constructor !== Object ? constructor : model;
}

/** Providers whose requests the wire seam does not know: their own formats, binary streams, utilities bundled into their package. */
const OTHER_WIRE = /^(?:amazon-bedrock|cohere|openrouter)\b/;
/** The same of embeddings. */
const OTHER_EMBEDDINGS = /^(?:vertex|google[.-]vertex)\b/;

/** Models made with the SDK's provider utilities keep what they send requests with: headers, and where to. */
function hasSeamBeneath(model: any): boolean {
  if (isPast(model)) return false;
  const headers: unknown = model.config?.headers;
  const sends = typeof headers === 'function' || (typeof headers === 'object' && headers !== null);
  const provider = String(model.provider);
  return (
    sends && !OTHER_WIRE.test(provider) && !(typeof model.doEmbed === 'function' && OTHER_EMBEDDINGS.test(provider))
  );
}
