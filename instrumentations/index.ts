// SPDX-License-Identifier: Apache-2.0
import type { Instrumentation } from '../src/instrument/definition.ts';
import { aiProviderUtils } from './ai-sdk-provider-utils.ts';
import { ai } from './ai.ts';
import { anthropic } from './anthropic.ts';
import { googleGenai } from './google-genai.ts';
import { langchain } from './langchain.ts';
import { langgraph } from './langgraph.ts';
import { mcp } from './mcp.ts';
import { openaiAgents } from './openai-agents.ts';
import { openai } from './openai.ts';

/** Every SDK that Flow patches. */
export const instrumentations: readonly Instrumentation[] = [
  openai,
  anthropic,
  googleGenai,
  ...mcp,
  openaiAgents,
  ...langchain,
  langgraph,
  aiProviderUtils,
  ai,
];
