// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's objects */
import { manageModel } from './ai-model.ts';
import type { Owner } from './ai-model-call.ts';
import { copyWith } from './tool-copy.ts';

/** What asks for the model: a run of steps, which resolves it again for each step; a language model that is resolved once; an embedding model. */
export type ModelUse = 'steps' | 'once' | 'embedding';

/** The version of the model interface that each major speaks itself. */
const NATIVE: Readonly<Record<number, string>> = { 5: 'v2', 6: 'v3', 7: 'v4' };

/** A model that the application names, as the SDK would find it, and as the SDK gets it. */
export interface FoundModel {
  readonly found: unknown;
  readonly given: unknown;
}

/**
 * Finds what the SDK would: a name is of the application's default provider, where it has set one. Without it the name is of the SDK's gateway, whose requests
 * pass the wire seam; and the name remains where the provider does not know it: what is wrong then is the SDK's to say.
 */
export function findModel(model: unknown, use: ModelUse, owner: Owner & { readonly major: number }): FoundModel {
  if (typeof model !== 'string') return { found: model, given: manageModel(model, owner) };
  const provider = (globalThis as any).AI_SDK_DEFAULT_PROVIDER;
  const found = modelOf(provider, model, use, owner.major);
  if (found === undefined) return { found: model, given: model };
  const given = manageModel(found, owner);
  const native = asIs(provider, owner.major);
  if (use === 'steps' || native === undefined || found.specificationVersion === native) return { found, given };
  return { found, given: given === found ? model : copyWith(given, { specificationVersion: native }) };
}

/** What comes by name is taken as it is, whatever its version, where an object would be converted, or refused. */
function asIs(provider: any, major: number): string | undefined {
  return major < 7 || provider.specificationVersion === NATIVE[major] ? NATIVE[major] : undefined;
}

function modelOf(provider: any, name: string, use: ModelUse, major: number): any {
  const factory = use === 'embedding' ? embeddingFactory(provider, major) : 'languageModel';
  if (typeof provider?.[factory] !== 'function') return undefined;
  try {
    const found: unknown = provider[factory](name);
    return typeof found === 'object' && found !== null ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Version 7 knows the providers of all before it. */
function embeddingFactory(provider: any, major: number): string {
  const knows = major === 6 || (major > 6 && ['v3', 'v4'].includes(provider?.specificationVersion));
  return knows ? 'embeddingModel' : 'textEmbeddingModel';
}
