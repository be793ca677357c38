// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedTool } from './annotated.ts';
import { toolPairing } from './message-pairing.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

const DECLARATIONS = 'functionDeclarations';

/** One entry of a tool object: a function that it declares, or a tool of the provider's under its key. */
interface Entry {
  readonly tool: AnnotatedTool;
  /** Undefined where the entry is the tool object as a whole. */
  readonly key: string | undefined;
  readonly value: Json;
  /** The position of the tool object; a new entry has none. */
  readonly source: number | undefined;
}

/** Tools of a request: a tool object declares many functions, and may hold the provider's own tools beside them. */
export function decodeTools(tools: Json | undefined): readonly AnnotatedTool[] | undefined {
  return Array.isArray(tools) ? entriesOf(tools).map(({ tool }) => tool) : undefined;
}

/** The tool list after an edit. New functions join those that are declared already: some models take one such object only. */
export function encodeTools(original: Json | undefined, after: readonly AnnotatedTool[] | undefined): Json | undefined {
  if (after === undefined) return undefined;
  const before = entriesOf(original);
  const entries = [...before];
  const order = patchList(
    [...before.keys()],
    before.map(({ tool }) => tool),
    after,
    {
      ...toolPairing,
      write: (tool, previous, number) => [entries.push(writeEntry(tool, previous, entries[number as number])) - 1],
    },
  );
  return regroup(
    order.map((number) => entries[number as number] as Entry),
    before,
    listOf(original),
  );
}

function entriesOf(tools: Json | undefined): readonly Entry[] {
  return listOf(tools).flatMap((tool, source): readonly Entry[] => {
    if (!isObject(tool)) return [{ tool: { type: 'unknown', name: 'unknown' }, key: undefined, value: tool, source }];
    // The SDK also takes objects that it asks for their tools later.
    const type = typeof (tool['callTool'] as unknown) === 'function' ? 'callable_tool' : 'unknown';
    const keys = type === 'unknown' ? Object.keys(tool).filter((key) => tool[key] !== undefined) : [];
    if (keys.length === 0) return [{ tool: { type, name: type }, key: undefined, value: tool, source }];
    return keys.flatMap((key): readonly Entry[] => {
      const value = tool[key] as Json;
      if (key !== DECLARATIONS || !Array.isArray(value))
        return [{ tool: { type: key, name: key }, key, value, source }];
      return listOf(value).map((declared) => ({ tool: decodeFunction(declared), key, value: declared, source }));
    });
  });
}

function decodeFunction(declared: Json): AnnotatedTool {
  return defined<AnnotatedTool>({
    type: 'function',
    name: stringOf(field(declared, 'name')) ?? '',
    description: stringOf(field(declared, 'description')),
    parameters: field(declared, 'parameters') ?? field(declared, 'parametersJsonSchema'),
  });
}

function writeEntry(tool: AnnotatedTool, before: AnnotatedTool | undefined, replaced: Entry | undefined): Entry {
  if (tool.type !== 'function') {
    const same = replaced?.tool.type === tool.type;
    return same ? { ...replaced, tool } : { tool, key: tool.type, value: {}, source: undefined };
  }
  const over = replaced?.tool.type === 'function' ? replaced : undefined;
  const source = isObject(over?.value) ? over.value : {};
  // The other field takes a dialect of OpenAPI; what an edit brings along is JSON Schema.
  const schema = field(source, 'parameters') === undefined ? 'parametersJsonSchema' : 'parameters';
  const wire = ({ name, description, parameters }: AnnotatedTool): WireFields => {
    return { name, description, [schema]: parameters };
  };
  const value = patchFields(source, over && before ? wire(before) : {}, wire(tool));
  return { tool, key: DECLARATIONS, value, source: over?.source };
}

function regroup(entries: readonly Entry[], before: readonly Entry[], tools: readonly Json[]): readonly Json[] {
  const declaring = entries.find(({ key, source }) => key === DECLARATIONS && source !== undefined)?.source;
  const groups = new Map<unknown, Entry[]>();
  for (const entry of entries) {
    const source = entry.source ?? (entry.key === DECLARATIONS ? (declaring ?? DECLARATIONS) : entry);
    const group = groups.get(source);
    if (group) group.push(entry);
    else groups.set(source, [entry]);
  }
  return [...groups].map(([source, group]) => {
    const all = before.filter((entry) => entry.source === source);
    const untouched = all.length === group.length && all.every((entry, index) => entry === group[index]);
    const tool = tools[source as number];
    return untouched && tool !== undefined ? tool : writeTool(tool, group);
  });
}

function writeTool(original: Json | undefined, group: readonly Entry[]): Json {
  const [first] = group;
  if (first?.key === undefined) return first?.value ?? {};
  const before = isObject(original) ? original : {};
  const fields = new Map<string, Json | undefined>(Object.keys(before).map((key) => [key, undefined]));
  for (const { key = '', value } of group) {
    fields.set(key, key === DECLARATIONS ? [...listOf(fields.get(key)), value] : value);
  }
  return setFields(before, Object.fromEntries(fields));
}
