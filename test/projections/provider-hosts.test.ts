// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { providerAt } from '../../src/projections/provider-hosts.ts';

it.each([
  ['https://api.openai.com/v1', 'openai'],
  ['https://eu.api.openai.com/v1', 'openai'],
  ['https://my-resource.openai.azure.com/openai', 'azure.ai.openai'],
  ['https://my-resource.cognitiveservices.azure.com/openai', 'azure.ai.openai'],
  ['https://my-resource.services.ai.azure.com/openai/v1', 'azure.ai.openai'],
  ['https://my-resource.services.ai.azure.com/models', 'azure.ai.inference'],
  ['https://api.groq.com/openai/v1', 'groq'],
  ['https://api.deepseek.com', 'deepseek'],
  ['https://api.mistral.ai/v1', 'mistral_ai'],
  ['https://api.x.ai/v1', 'x_ai'],
  ['https://us-east-1.api.x.ai/v1', 'x_ai'],
  ['https://openrouter.ai/api/v1', 'openrouter'],
  ['https://generativelanguage.googleapis.com/v1beta/openai/', 'gcp.gemini'],
  ['https://us-east5-aiplatform.googleapis.com/v1', 'gcp.vertex_ai'],
  ['https://aiplatform.googleapis.com/v1', 'gcp.vertex_ai'],
  ['https://api.together.xyz/v1', 'together'],
  ['https://api.fireworks.ai/inference/v1', 'fireworks'],
  ['https://api.perplexity.ai', 'perplexity'],
  ['https://api.anthropic.com/v1', 'anthropic'],
  ['https://api.moonshot.ai/v1', 'moonshot_ai'],
  ['https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1', 'aws.bedrock'],
  ['https://bedrock-mantle.eu-west-1.api.aws/openai/v1', 'aws.bedrock'],
  ['https://API.GROQ.COM./openai/v1', 'groq'],
])('%s is of %s', (address, provider) => {
  expect(providerAt(new URL(address))).toBe(provider);
});

it.each([
  'http://localhost:8080/v1',
  'http://127.0.0.1:11434/v1',
  'http://[::1]:11434/v1',
  'https://gateway.example/v1',
  'https://api.groq.com.example.org/v1',
  'https://notopenrouter.ai/v1',
  'https://example.org/api.groq.com',
])('%s says nothing of who answers', (address) => {
  expect(providerAt(new URL(address))).toBeUndefined();
});
