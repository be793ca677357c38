// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedRequest, AnnotatedTool } from './annotated.ts';
import { sameJson } from './canonical-json.ts';
import { toolPairing } from './message-pairing.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

/** The tools of `toolConfig`: functions, tools of the provider, and cache points between them. */
export function decodeTools(toolConfig: Json | undefined): readonly AnnotatedTool[] | undefined {
  const tools = field(toolConfig, 'tools');
  return Array.isArray(tools) ? listOf(tools).map(decodeTool) : undefined;
}

/** The choice in `toolConfig`; where our shape has no word for it, as the provider writes it. */
export function decodeToolChoice(toolConfig: Json | undefined): Json | undefined {
  const choice = field(toolConfig, 'toolChoice');
  if (field(choice, 'auto') !== undefined) return 'auto';
  if (field(choice, 'any') !== undefined) return 'required';
  const name = stringOf(field(field(choice, 'tool'), 'name'));
  return name === undefined ? choice : { type: 'function', function: { name } };
}

/** `toolConfig` after an edit of tools or choice; undefined where no tool is left, because the API takes none without. */
export function encodeToolConfig(
  original: Json | undefined,
  before: AnnotatedRequest,
  after: AnnotatedRequest,
): Json | undefined {
  const config = isObject(original) ? original : {};
  const tools = sameJson(before.tools, after.tools)
    ? config['tools']
    : patchList(listOf(config['tools']), before.tools ?? [], after.tools ?? [], {
        ...toolPairing,
        write: (...change) => [encodeTool(...change)],
      });
  if (listOf(tools).length === 0) return undefined;
  return setFields(config, {
    ...(tools === config['tools'] ? {} : { tools }),
    ...(sameJson(before.tool_choice, after.tool_choice) ? {} : { toolChoice: encodeToolChoice(after.tool_choice) }),
  });
}

function decodeTool(tool: Json): AnnotatedTool {
  const spec = field(tool, 'toolSpec');
  if (spec === undefined) {
    const type = (isObject(tool) ? Object.keys(tool).find((key) => tool[key] !== undefined) : undefined) ?? 'unknown';
    return { type, name: stringOf(field(field(tool, type), 'name')) ?? type };
  }
  return defined<AnnotatedTool>({
    type: 'function',
    name: stringOf(field(spec, 'name')) ?? '',
    description: stringOf(field(spec, 'description')),
    parameters: field(field(spec, 'inputSchema'), 'json'),
  });
}

function encodeTool(after: AnnotatedTool, before?: AnnotatedTool, original?: Json): Json {
  if (after.type !== 'function') {
    // Paired by name, so there is nothing that an edit could have changed.
    if (after.type === before?.type && original !== undefined) return original;
    return { [after.type]: after.type === 'cachePoint' ? { type: 'default' } : { name: after.name } };
  }
  const spec = before?.type === 'function' ? field(original, 'toolSpec') : undefined;
  if (!before || !isObject(original) || !isObject(spec)) {
    const json = after.parameters ?? { type: 'object', properties: {} };
    return { toolSpec: setFields(described(after) as JsonObject, { inputSchema: { json } }) };
  }
  const edited = patchFields(spec, described(before), described(after));
  const schema = spec['inputSchema'];
  const inputSchema = setFields(isObject(schema) ? schema : {}, { json: after.parameters });
  const same = sameJson(before.parameters, after.parameters);
  return setFields(original, { toolSpec: same ? edited : setFields(edited, { inputSchema }) });
}

function described({ name, description }: AnnotatedTool): WireFields {
  return description === undefined ? { name } : { name, description };
}

/** `none` has no equivalent and goes out as it is, so that the API refuses it rather than calling tools. */
function encodeToolChoice(choice: Json | undefined): Json | undefined {
  if (choice === 'auto') return { auto: {} };
  if (choice === 'required') return { any: {} };
  const name = stringOf(field(field(choice, 'function'), 'name'));
  return name === undefined ? choice : { tool: { name } };
}
