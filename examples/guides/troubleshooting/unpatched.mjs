// SPDX-License-Identifier: Apache-2.0
import OpenAI from 'openai';
import { flow, isFlowError } from '@flow/register/api';

const print = (error) => console.log(`${isFlowError(error).code}: ${isFlowError(error).message}`);

flow.llm.addConditionalExecution('allow-list', () => undefined);
const body = new TextEncoder().encode('{ "model": "m", "messages": [] }');
await new OpenAI().post('/chat/completions', { body }).catch(print);
