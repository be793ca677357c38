// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { shareJson } from '../atof/shared-json.ts';
import type { Codec } from '../codecs/annotated.ts';
import type { Call } from './call.ts';

interface Known {
  readonly codec: Codec;
  readonly provider: string | undefined;
  readonly run: string | undefined;
  readonly metadata: JsonObject;
}

/** Calls of models differ in few words. Providers may be named by the application, so only the latest are kept. */
const latest: Known[] = [];
const MOST_KEPT = 8;

/** What the start event of a call says about it beside its fields; `run` is how it relates to the run that it belongs to. */
export function startMetadata(call: Call, run: string | undefined): JsonObject | undefined {
  const { guardrails, codec, provider } = call;
  if (guardrails === undefined && codec === undefined && provider === undefined && run === undefined) return undefined;
  if (guardrails !== undefined || codec === undefined) return make(call, run);
  const known = latest.find((each) => each.codec === codec && each.provider === provider && each.run === run);
  if (known !== undefined) return known.metadata;
  const metadata = shareJson(make(call, run));
  latest.unshift({ codec, provider, run, metadata });
  latest.length = Math.min(latest.length, MOST_KEPT);
  return metadata;
}

function make({ guardrails, codec, provider }: Call, run: string | undefined): JsonObject {
  const metadata: Record<string, Json> = {};
  if (guardrails !== undefined) metadata[METADATA.GUARDRAILS] = guardrails;
  if (codec !== undefined) metadata[METADATA.CODEC] = codec.id;
  if (provider !== undefined) metadata[METADATA.PROVIDER] = provider;
  if (run !== undefined) metadata[METADATA.RUN] = run;
  return metadata;
}
