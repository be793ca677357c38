// SPDX-License-Identifier: Apache-2.0

/**
 * Who answers at a host, as the GenAI conventions name it, else as they call themselves. A name stands for itself, what lies beneath it,
 * and what ends in it after a hyphen (`us-east5-aiplatform.googleapis.com`).
 */
const HOSTS: Readonly<Record<string, string>> = {
  'aiplatform.googleapis.com': 'gcp.vertex_ai',
  'api.anthropic.com': 'anthropic',
  'api.cerebras.ai': 'cerebras',
  'api.cohere.ai': 'cohere',
  'api.cohere.com': 'cohere',
  'api.deepseek.com': 'deepseek',
  'api.fireworks.ai': 'fireworks',
  'api.groq.com': 'groq',
  'api.mistral.ai': 'mistral_ai',
  'api.moonshot.ai': 'moonshot_ai',
  'api.moonshot.cn': 'moonshot_ai',
  'api.openai.com': 'openai',
  'api.perplexity.ai': 'perplexity',
  'api.together.ai': 'together',
  'api.together.xyz': 'together',
  'api.x.ai': 'x_ai',
  'codestral.mistral.ai': 'mistral_ai',
  'cognitiveservices.azure.com': 'azure.ai.openai',
  'generativelanguage.googleapis.com': 'gcp.gemini',
  'huggingface.co': 'huggingface',
  'integrate.api.nvidia.com': 'nvidia',
  'ml.cloud.ibm.com': 'ibm.watsonx.ai',
  'models.ai.azure.com': 'azure.ai.inference',
  'openai.azure.com': 'azure.ai.openai',
  'openai.azure.cn': 'azure.ai.openai',
  'openai.azure.us': 'azure.ai.openai',
  'openrouter.ai': 'openrouter',
  'services.ai.azure.com': 'azure.ai.inference',
};

/** `bedrock-runtime.eu-west-1.amazonaws.com`: the service comes first, what follows differs from partition to partition. */
const BEDROCK = /^bedrock-(?:mantle|runtime|runtime-fips)\./;

/** The provider whose host an address names. Undefined for hosts that say nothing: gateways, proxies, one's own machine. */
export function providerAt(url: URL): string | undefined {
  const host = url.hostname.replace(/\.$/, '');
  if (BEDROCK.test(host)) return 'aws.bedrock';
  const name = Object.keys(HOSTS).find(
    (each) => host.endsWith(each) && /^[.-]?$/.test(host.charAt(host.length - each.length - 1)),
  );
  // A Foundry resource serves OpenAI's surface beside the one for all models.
  if (name === 'services.ai.azure.com' && /^\/openai(?:\/|$)/.test(url.pathname)) return 'azure.ai.openai';
  return name === undefined ? undefined : HOSTS[name];
}
