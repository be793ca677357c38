// SPDX-License-Identifier: Apache-2.0
import type { Codec } from '../codecs/annotated.ts';

/** Values that the GenAI conventions list for `gen_ai.provider.name`, and others who answer as OpenAI does without being it. */
const WELL_KNOWN: ReadonlySet<string> = new Set([
  'anthropic',
  'aws.bedrock',
  'azure.ai.inference',
  'azure.ai.openai',
  'cohere',
  'deepseek',
  'gcp.gemini',
  'gcp.gen_ai',
  'gcp.vertex_ai',
  'groq',
  'ibm.watsonx.ai',
  'mistral_ai',
  'moonshot_ai',
  'openai',
  'perplexity',
  'x_ai',
  'cerebras',
  'fireworks',
  'huggingface',
  'lmstudio',
  'nvidia',
  'ollama',
  'openrouter',
  'together',
  'vllm',
]);

/** Whose surface our codecs know. */
const SURFACES: readonly (readonly [codecs: string, provider: string])[] = [
  ['openai_', 'openai'],
  ['anthropic_', 'anthropic'],
  ['gemini_', 'gcp.gemini'],
  ['bedrock_', 'aws.bedrock'],
];

/** The provider of a model call that names none: its own name where that is a provider's, else whose surface it speaks. */
export function providerOf(name: string, codec: Codec | undefined): string {
  if (WELL_KNOWN.has(name)) return name;
  return SURFACES.find(([prefix]) => codec?.id.startsWith(prefix) === true)?.[1] ?? name;
}
