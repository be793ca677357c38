// SPDX-License-Identifier: Apache-2.0
import type { AtofEvent, AtofScopeEvent, Json, JsonObject } from '../../src/atof/event.ts';

/** What differs from the usual in one event. */
export interface Overrides {
  readonly parent?: string | null;
  readonly data?: Json;
  readonly metadata?: JsonObject;
  readonly profile?: JsonObject;
}

/** Builds a stream of ATOF events by hand; every event is 1 ms after the one before it. */
export interface EventStream {
  readonly events: AtofEvent[];
  start(category: string, uuid: string, overrides?: Overrides & { readonly name?: string }): void;
  end(uuid: string, overrides?: Overrides): void;
  mark(name: string, overrides?: Overrides): void;
  /** Start and end of a chat call. */
  chat(uuid: string, messages: readonly object[], answer: object | null, options?: ChatOptions): void;
  /** Start and end of a tool's run. */
  tool(uuid: string, name: string, args: Json, result: Json, overrides?: Overrides): void;
}

/** What a chat call may have beside its messages. */
export interface ChatOptions extends Overrides {
  readonly request?: object;
  readonly response?: object;
  readonly startMetadata?: JsonObject;
}

export const FAILED: JsonObject = {
  'otel.status_code': 'ERROR',
  'otel.status_description': 'boom',
  'error.type': 'RateLimitError',
};

/** An assistant message that asks for tools: `[id, name, arguments]` each. */
export function asking(...calls: readonly (readonly [id: string, name: string, args: string])[]): object {
  return {
    role: 'assistant',
    content: null,
    tool_calls: calls.map(([id, name, args]) => ({ id, type: 'function', function: { name, arguments: args } })),
  };
}

export const user = (content: Json): object => ({ role: 'user', content });
export const system = (content: string): object => ({ role: 'system', content });
export const said = (content: string): object => ({ role: 'assistant', content });
export const result = (id: string, content: Json): object => ({ role: 'tool', tool_call_id: id, content });

export function eventStream(): EventStream {
  const events: AtofEvent[] = [];
  const starts = new Map<string, AtofScopeEvent>();
  let micros = 1_800_000_000_000_000;
  const base = ({ parent = null, data = null, metadata, profile }: Overrides) => ({
    atof_version: '0.1',
    parent_uuid: parent,
    timestamp: (micros += 1000),
    data,
    data_schema: null,
    metadata: metadata ?? null,
    category_profile: profile ?? null,
  });
  const stream: EventStream = {
    events,
    start(category, uuid, { name = category, ...overrides } = {}) {
      const half = { kind: 'scope', scope_category: 'start', attributes: [], category, uuid, name } as const;
      const event: AtofScopeEvent = { ...base(overrides), ...half };
      starts.set(uuid, event);
      events.push(event);
    },
    end(uuid, overrides = {}) {
      const { category, name, parent_uuid: parent, category_profile: profile } = starts.get(uuid)!;
      const half = { kind: 'scope', scope_category: 'end', attributes: [], category, uuid, name } as const;
      events.push({ ...base({ parent, ...(profile && { profile }), ...overrides }), ...half });
    },
    mark(name, overrides = {}) {
      events.push({ ...base(overrides), kind: 'mark', category: null, uuid: `mark-${events.length}`, name });
    },
    chat(uuid, messages, answer, { request, response, startMetadata, metadata, parent = null } = {}) {
      const content = { model: 'gpt-5', messages: [...messages], ...request } as unknown as Json;
      stream.start('llm', uuid, {
        name: 'openai',
        parent,
        data: { headers: {}, content },
        ...(startMetadata && { metadata: startMetadata }),
      });
      const choices = [{ index: 0, message: answer, finish_reason: 'stop' }];
      const data = answer && ({ id: `id-${uuid}`, model: 'gpt-5-2026', choices, ...response } as unknown as Json);
      stream.end(uuid, { data, metadata: metadata ?? { 'otel.status_code': 'OK' } });
    },
    tool(uuid, name, args, result, { metadata, ...overrides } = {}) {
      stream.start('tool', uuid, { name, data: args, ...overrides });
      stream.end(uuid, { data: result, metadata: metadata ?? { 'otel.status_code': 'OK' } });
    },
  };
  return stream;
}
