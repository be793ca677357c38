// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { type SkillLoad, skillLoads } from '../projections/skill-load.ts';
import type { Call } from './call.ts';
import { hasAudience } from './emit.ts';
import { emitMark } from './emit-mark.ts';

/** Metadata of a tool call by which a framework that knows better says so: nothing is to be marked, or these. */
const HANDLED = 'flow.skill_load_handled';
const GIVEN = 'flow.skill_loads';

/** A `skill.load` mark for each skill that the tool call loads, at the time of its start. Looks at nothing where nobody observes the call. */
export function markSkillLoads(call: Call): void {
  if (!hasAudience(call, call.chains) || call.metadata?.[HANDLED] === true) return;
  // The call that it is an attempt of has said so.
  if (call.metadata?.[METADATA.ATTEMPT] !== undefined) return;
  const given = call.metadata?.[GIVEN];
  for (const { skill_name, source } of Array.isArray(given)
    ? given.flatMap(readGiven)
    : skillLoads(call.name, call.input))
    emitMark(
      call,
      {
        name: 'skill.load',
        data: { skill_name },
        metadata: { skill_load_source: source, tool_name: call.name },
        time: call.startMicros,
      },
      call.chains,
    );
}

function readGiven(
  load: Json,
): readonly { readonly skill_name: string; readonly source: SkillLoad['source'] | string }[] {
  const { skill_name: name, source = 'skill_tool' } = (load ?? {}) as JsonObject;
  return typeof name === 'string' && name !== '' && typeof source === 'string' ? [{ skill_name: name, source }] : [];
}
