// SPDX-License-Identifier: Apache-2.0
import { openai } from '@ai-sdk/openai';
import { isFlowError } from '@flow/register/api';
import { ToolLoopAgent, tool } from 'ai';
import { z } from 'zod';

const pay = tool({ inputSchema: z.object({ amount: z.number() }), execute: async () => 'paid' });
const agent = new ToolLoopAgent({ id: 'concierge', model: openai('gpt-4o'), tools: { pay } });

const { steps } = await agent.generate({ prompt: 'Pay the bill of 20 dollars.' });
for (const { content } of steps)
  for (const part of content)
    if (part.type === 'tool-error') console.log(part.toolName, isFlowError(part.error).message);
