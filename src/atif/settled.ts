// SPDX-License-Identifier: Apache-2.0
import type { Scope } from './scopes.ts';
import { type Batch, createBatch, FULL } from './settled-batch.ts';
import { type SettledSteps, sizeOf, without, withoutOne } from './settled-steps.ts';

/** The settled steps of a stream. What tells something new of one of them gets its tool back as it was. */
export interface Settled {
  /** The tool that this line is of, within this agent. */
  add(tool: Scope, line: string, agent: Scope | undefined): void;
  has(uuid: string): boolean;
  all(): readonly SettledSteps[];
  /** Takes out one tool, those of these names, all with this parent. */
  takeOne(uuid: string): readonly Scope[];
  takeNamed(names: ReadonlySet<string>): readonly Scope[];
  takeWithin(parentUuid: string): readonly Scope[];
  /** About the bytes that it holds. */
  readonly size: number;
}

/** What the index of uuids leads to. */
interface Place {
  /** Undefined when it is closed. */
  batch: Batch | undefined;
  parts: readonly SettledSteps[];
  size: number;
}

/** About what it costs to know of a tool in which text it is. */
const INDEX_SIZE = 120;

/** None yet. */
export function createSettled(): Settled {
  const places = new Set<Place>();
  const open = new Map<Scope | undefined, Place>();
  const counts = new Map<Scope | undefined, number>();
  const index = new Map<string, Place>();
  let size = 0;

  function measure(place: Place): void {
    const now = place.batch?.size ?? place.parts.reduce((sum, part) => sum + sizeOf(part), 0);
    size += now - place.size;
    place.size = now;
    if (place.batch === undefined && place.parts.length === 0) places.delete(place);
  }

  function close(place: Place): void {
    if (place.batch === undefined) return;
    place.parts = [place.batch.close()];
    place.batch = undefined;
    for (const [agent, each] of open) if (each === place) open.delete(agent);
    measure(place);
  }

  function partsOf(place: Place): readonly SettledSteps[] {
    if (place.batch === undefined) return place.parts;
    const steps = place.batch.steps();
    measure(place);
    return [steps];
  }

  function takeWhere(isConcerned: (part: SettledSteps) => boolean, isMeant: (tool: Scope) => boolean): Scope[] {
    const taken: Scope[] = [];
    for (const place of places) {
      if (!partsOf(place).some(isConcerned)) continue;
      close(place);
      place.parts = place.parts.flatMap((part) => {
        const { tools, rest } = without(part, isMeant);
        taken.push(...tools);
        return rest;
      });
      measure(place);
    }
    for (const { uuid } of taken) index.delete(uuid);
    return taken;
  }

  return {
    add(tool, line, agent) {
      const count = (counts.get(agent) ?? 0) + 1;
      counts.set(agent, count);
      let place = open.get(agent);
      if (place === undefined) {
        place = { batch: createBatch(count), parts: [], size: 0 };
        places.add(place);
        open.set(agent, place);
      }
      place.batch?.add(tool, line);
      index.set(tool.uuid, place);
      measure(place);
      if (place.size >= FULL) close(place);
    },
    has: (uuid) => index.has(uuid),
    all: () => [...places].flatMap(partsOf),
    takeOne(uuid) {
      const place = index.get(uuid);
      if (place === undefined) return [];
      close(place);
      index.delete(uuid);
      const taken: Scope[] = [];
      place.parts = place.parts.flatMap((part) => {
        const found = taken.length > 0 ? undefined : withoutOne(part, uuid);
        if (found === undefined) return part;
        taken.push(found.tool);
        return found.rest;
      });
      measure(place);
      return taken;
    },
    takeNamed: (names) =>
      takeWhere(
        (part) => [...part.names].some((name) => names.has(name)),
        ({ name }) => names.has(name),
      ),
    takeWithin: (parentUuid) =>
      takeWhere(
        ({ parents }) => parents.has(parentUuid),
        (tool) => tool.parentUuid === parentUuid,
      ),
    get size() {
      return size + index.size * INDEX_SIZE;
    },
  };
}
