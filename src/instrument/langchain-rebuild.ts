// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- makes a foreign SDK's objects */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { sameJson } from '../codecs/canonical-json.ts';
import { FlowError } from '../errors.ts';
import type { LoadedPackage } from './definition.ts';
import { plainMessage } from './langchain-messages.ts';

type Copy = Pick<LoadedPackage, 'format' | 'path'>;

/** What of a request can be put into effect: the rest is a matter of the model object, which is the application's. */
const CHANGEABLE: ReadonlySet<string> = new Set(['messages', 'stop', 'tools']);

/** Messages and options as middleware left them; those that it left alone are the application's own objects. */
export function requestFrom(model: any, before: any, after: any, messages: any[], options: any): [any[], any] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => !sameJson(before[name], after[name]));
  const stuck = changed.find((name) => !CHANGEABLE.has(name));
  if (stuck !== undefined)
    throw new FlowError(
      'FLOW_INVALID_ARGUMENT',
      `'${stuck}' of a LangChain model that Flow sees no SDK beneath cannot be changed by an intercept (messages, stop and tools can); set it on ${model.constructor?.name ?? 'the model'}`,
    );
  const given: any[] = after.messages ?? [];
  const asJudged = (plain: any, index: number): unknown => {
    const same = (each: any): boolean => sameJson(each, plain);
    const at = same(before.messages[index]) ? index : (before.messages as any[]).findIndex(same);
    const own = messages[at];
    // The application may have changed its own message since. By the text: a copy of bytes is none.
    const isUnchanged = own !== undefined && JSON.stringify(plainMessage(own)) === JSON.stringify(before.messages[at]);
    return isUnchanged ? own : messageFrom(model, plain);
  };
  const result: Record<string, unknown> = { ...options };
  if (changed.includes('stop')) result['stop'] = after.stop;
  if (changed.includes('tools')) result['tools'] = toolsFrom(before.tools ?? [], after.tools, options?.tools ?? []);
  return [given.map(asJudged), changed.length === 0 ? options : result];
}

function toolsFrom(before: any[], after: any[] | undefined, own: any[]): any[] | undefined {
  return after?.map((tool) => {
    const at = before.findIndex((each) => sameJson(each, tool));
    return at < 0 ? tool : own[at];
  });
}

/** By the framework's own conversion: each copy of it makes messages of its own classes. */
function messageFrom(model: any, plain: any): any {
  const { content, ...rest } = plain;
  const prompt = model.constructor._convertInputToPromptValue([{ content: content ?? '', ...rest }]);
  return prompt.toChatMessages()[0];
}

/** What an intercept returned in the place of the model's answer. */
export function resultFrom(model: any, plain: any, template: any): any {
  const choices: any[] = Array.isArray(plain?.choices) ? plain.choices : [];
  if (choices.length === 0)
    throw new FlowError(
      'FLOW_INVALID_ARGUMENT',
      'an execution intercept of a LangChain model must return a chat completion: { choices: [{ message: { role, content } }] }',
    );
  const usage = usageFrom(plain.usage);
  const generations = choices.map(({ message, finish_reason: reason }, index) => {
    const made = messageFrom(model, { ...message, role: 'assistant' });
    const own = template?.generations?.[index]?.message;
    made.response_metadata = { ...own?.response_metadata, ...(reason && { finish_reason: reason }) };
    if (usage !== undefined) made.usage_metadata = usage;
    if (own?.id !== undefined) made.id = own.id;
    return {
      ...template?.generations?.[index],
      text: typeof made.content === 'string' ? made.content : '',
      message: made,
    };
  });
  return { ...template, generations };
}

function usageFrom(usage: any): object | undefined {
  if (usage === undefined || usage === null) return undefined;
  const { prompt_tokens: input = 0, completion_tokens: output = 0 } = usage;
  return { input_tokens: input, output_tokens: output, total_tokens: usage.total_tokens ?? input + output };
}

/** A chunk that an intercept changed or made. */
export function chunkFrom(plain: any, template: any, copy: Copy): any {
  const { ChatGenerationChunk, AIMessageChunk } = classesOf(template, copy);
  const { delta = {}, finish_reason: reason } = plain?.choices?.[0] ?? {};
  const calls: any[] = delta.tool_calls ?? [];
  const { message, generationInfo } = template ?? {};
  const text = typeof delta.content === 'string' ? delta.content : '';
  const usage = message === undefined ? usageFrom(plain?.usage) : message.usage_metadata;
  return new ChatGenerationChunk({
    text,
    generationInfo: { ...generationInfo, ...(reason && message === undefined && { finish_reason: reason }) },
    message: new AIMessageChunk({
      content: text,
      id: message?.id,
      additional_kwargs: message?.additional_kwargs,
      response_metadata: message?.response_metadata,
      ...(usage && { usage_metadata: usage }),
      tool_call_chunks: calls.map(({ index, id, function: fn }) => ({
        type: 'tool_call_chunk',
        index,
        id,
        name: fn?.name,
        args: fn?.arguments,
      })),
    }),
  });
}

function classesOf(template: any, { path, format }: Copy): any {
  if (template !== undefined)
    return { ChatGenerationChunk: template.constructor, AIMessageChunk: template.message.constructor };
  const extension = format === 'esm' ? 'js' : 'cjs';
  const require = createRequire(join(path, 'package.json'));
  return { ...require(`./dist/outputs.${extension}`), ...require(`./dist/messages/index.${extension}`) };
}
