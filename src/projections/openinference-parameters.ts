// SPDX-License-Identifier: Apache-2.0

/**
 * Request fields, of all providers, that steer an inference and say nothing of what it is about. A list of what may be told, not of what may
 * not: a field that nobody here knows may hold anything.
 */
const PARAMETERS: ReadonlySet<string> = new Set([
  'candidateCount',
  'dimensions',
  'encoding_format',
  'frequencyPenalty',
  'frequency_penalty',
  'logprobs',
  'maxOutputTokens',
  'maxTokens',
  'max_completion_tokens',
  'max_output_tokens',
  'max_tokens',
  'max_tool_calls',
  'n',
  'parallel_tool_calls',
  'presencePenalty',
  'presence_penalty',
  'reasoning_effort',
  'responseLogprobs',
  'responseMimeType',
  'seed',
  'service_tier',
  'stop',
  'stopSequences',
  'stop_sequences',
  'store',
  'stream',
  'temperature',
  'topK',
  'topP',
  'top_k',
  'top_logprobs',
  'top_p',
  'truncation',
  'verbosity',
]);

/** Objects in which providers group such fields, and what else of these may be told. */
const GROUPS: Readonly<Record<string, ReadonlySet<string>>> = {
  config: PARAMETERS,
  generationConfig: PARAMETERS,
  inferenceConfig: PARAMETERS,
  reasoning: new Set(['effort', 'max_tokens', 'summary']),
  stream_options: new Set(['include_usage']),
  thinking: new Set(['type', 'budget_tokens']),
  thinkingConfig: new Set(['includeThoughts', 'thinkingBudget', 'thinkingLevel']),
};

/** The parameters of a provider-shaped request as JSON text, without messages, tools, model and whatever else may be content. */
export function invocationParameters(content: unknown): string | undefined {
  try {
    const told = pick(content, PARAMETERS);
    return told === undefined ? undefined : JSON.stringify(told);
  } catch {
    // The request may be an object that cannot be read.
    return undefined;
  }
}

function pick(from: unknown, names: ReadonlySet<string>): object | undefined {
  if (typeof from !== 'object' || from === null) return undefined;
  const told: Record<string, unknown> = {};
  let any = false;
  for (const name of Object.keys(from)) {
    const group = names === PARAMETERS && Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
    if (group === undefined && !names.has(name)) continue;
    const value = (from as Record<string, unknown>)[name];
    const kept = group === undefined ? plain(value) : pick(value, group);
    if (kept === undefined) continue;
    told[name] = kept;
    any = true;
  }
  return any ? told : undefined;
}

function plain(value: unknown): unknown {
  if (typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' || typeof value === 'boolean')
    return value;
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
}
