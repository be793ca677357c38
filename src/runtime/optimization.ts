// SPDX-License-Identifier: Apache-2.0
import type { DataSchema, Json, JsonObject } from '../atof/event.ts';
import { uuidV7 } from '../atof/uuid.ts';
import type { Usage } from '../codecs/annotated.ts';
import { checkName, checkObject, invalid } from './checks.ts';
import type { MarkFields } from './emit-mark.ts';

const TOKENS = ['input_tokens', 'output_tokens', 'total_tokens', 'cache_read_tokens', 'cache_write_tokens'] as const;
const QUALITIES: readonly unknown[] = ['observed', 'estimated'];
const MARK = 'flow.llm.optimization';
const SCHEMA: DataSchema = Object.freeze({ name: 'flow.llm_optimization_contribution', version: '1' });
/** Contributions that one call keeps for its summary. */
const MAX_CONTRIBUTIONS = 100;

/** Numbers of tokens, counted as in {@link Usage}. */
export type OptimizationTokens = Pick<Usage, (typeof TOKENS)[number]>;

/** A model, and whose it is where that matters for its price. */
export interface OptimizationModel {
  readonly model: string;
  readonly provider?: string | undefined;
}

/** What somebody who changed a model call, or would have, tells about it. Further members are kept. */
export interface OptimizationContribution {
  /** Who tells it: a plugin, a middleware. */
  readonly producer: string;
  readonly kind: 'input_compression' | 'model_routing' | (string & {});
  /** Whether it took effect in this call. */
  readonly applied: boolean;
  /** Tokens without it, with it, and the difference. `saved` wins over what the other two say. */
  readonly token_impact?:
    | {
        readonly baseline?: OptimizationTokens | undefined;
        readonly effective?: OptimizationTokens | undefined;
        readonly saved?: OptimizationTokens | undefined;
        readonly quality?: 'observed' | 'estimated' | undefined;
        readonly estimation_method?: string | undefined;
      }
    | undefined;
  /** The model that would have answered without it, and the one that was asked. */
  readonly model_transition?:
    | { readonly baseline?: OptimizationModel | undefined; readonly effective?: OptimizationModel | undefined }
    | undefined;
  /** Says what `payload` is; needed where there is one. */
  readonly payload_schema?: DataSchema | undefined;
  readonly payload?: unknown;
  readonly [further: string]: unknown;
}

/** Checks a contribution, as it is now. `id` and `sequence` are the runtime's to give. */
export function checkContribution(where: string, given: unknown): OptimizationContribution & JsonObject {
  const it = checkObject(where, 'a contribution', given) ?? invalid(where, 'a contribution must be an object', given);
  checkName(`${where}: producer`, it['producer']);
  checkName(`${where}: kind`, it['kind']);
  if (typeof it['applied'] !== 'boolean') invalid(where, 'applied must be true or false', it['applied']);
  const impact = checkObject(where, 'token_impact', it['token_impact']);
  for (const part of ['baseline', 'effective', 'saved']) checkTokens(where, part, impact?.[part]);
  if (isThere(impact?.['quality']) && !QUALITIES.includes(impact?.['quality']))
    invalid(where, 'token_impact.quality must be observed or estimated', impact?.['quality']);
  const transition = checkObject(where, 'model_transition', it['model_transition']);
  for (const part of ['baseline', 'effective']) {
    const model = checkObject(where, `model_transition.${part}`, transition?.[part]);
    if (model !== undefined) checkName(`${where}: model_transition.${part}.model`, model['model']);
  }
  const schema = checkObject(where, 'payload_schema', it['payload_schema']);
  const named = typeof schema?.['name'] === 'string' && typeof schema['version'] === 'string';
  if ((schema !== undefined || isThere(it['payload'])) && !named)
    invalid(where, 'a payload needs a payload_schema of { name, version }, both strings', it['payload_schema']);
  return it as OptimizationContribution & JsonObject;
}

function checkTokens(where: string, part: string, given: Json | undefined): void {
  const tokens = checkObject(where, `token_impact.${part}`, given) ?? {};
  for (const [key, value] of Object.entries(tokens)) {
    if (!(TOKENS as readonly string[]).includes(key))
      invalid(where, `token_impact.${part} knows ${TOKENS.join(', ')}`, key);
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      invalid(where, `token_impact.${part}.${key} must be a whole number of 0 or more`, value);
  }
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

/** Adds a contribution to those of a call and makes its mark; undefined when the call has enough of them. */
export function takeContribution(
  list: OptimizationContribution[],
  given: OptimizationContribution,
): MarkFields | undefined {
  if (list.length >= MAX_CONTRIBUTIONS) return undefined;
  list.push(given);
  return {
    name: MARK,
    category: 'custom',
    profile: { subtype: MARK },
    dataSchema: SCHEMA,
    data: { ...given, id: uuidV7(), sequence: list.length },
  };
}

/**
 * What the contributions to one call come to, of those that were applied: numbers and models, no payloads. `partial` where a calculation lacks something,
 * which `limitations` names.
 */
export function optimizationSummary(
  given: readonly OptimizationContribution[],
  answered: { readonly model?: string | undefined; readonly usage?: Usage | undefined },
): JsonObject {
  const applied = given.filter((each) => each.applied);
  const limitations = new Set<string>();
  const saved: { -readonly [Key in keyof OptimizationTokens]: number } = {};
  for (const { kind, token_impact: impact } of applied) {
    const own = savedBy(impact);
    if (kind === 'input_compression' && Object.keys(own).length === 0) limitations.add('missing_token_impact');
    for (const key of TOKENS) if (own[key] !== undefined) saved[key] = (saved[key] ?? 0) + own[key];
  }
  const transitions = applied.map((each) => each.model_transition).filter((each) => isThere(each));
  const baseline = transitions.find((each) => isThere(each?.baseline))?.baseline;
  const effective = answered.model ?? transitions.findLast((each) => isThere(each?.effective))?.effective?.model;
  if (applied.some(({ kind }) => kind === 'model_routing')) {
    if (!isThere(baseline)) limitations.add('missing_baseline_model');
    if (effective === undefined) limitations.add('missing_effective_model');
  }
  const usage = usageWithout(saved, answered.usage);
  if (Object.keys(saved).length > 0 && usage === undefined) limitations.add('missing_usage');
  return {
    status: limitations.size === 0 ? 'complete' : 'partial',
    ...(limitations.size > 0 && { limitations: [...limitations] }),
    contributions: given.length,
    applied: applied.length,
    ...(isThere(baseline) && { baseline_model: baseline?.model as string }),
    ...(transitions.length > 0 && effective !== undefined && { effective_model: effective }),
    tokens_saved: saved,
    ...(usage !== undefined && { baseline_usage: usage }),
  };
}

function savedBy(impact: OptimizationContribution['token_impact']): OptimizationTokens {
  if (isThere(impact?.saved)) return impact?.saved ?? {};
  const entries = TOKENS.map((key) => [key, difference(impact?.baseline?.[key], impact?.effective?.[key])] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const difference = (from: number | undefined, to: number | undefined): number | undefined =>
  typeof from === 'number' && typeof to === 'number' ? from - to : undefined;

// What the inference would have used: only what both say.
function usageWithout(saved: OptimizationTokens, usage: Usage | undefined): JsonObject | undefined {
  const entries = TOKENS.map((key) => [key, (usage?.[key] ?? Number.NaN) + (saved[key] ?? Number.NaN)] as const);
  const known = entries.filter(([, value]) => !Number.isNaN(value));
  return known.length === 0 ? undefined : Object.fromEntries(known);
}
