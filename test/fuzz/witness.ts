// SPDX-License-Identifier: Apache-2.0
import { type AtofEvent, flow } from '../../src/api/index.ts';
import { validateAtof } from '../support/formats/validate.mjs';

/** Reads along what the runtime emits, for the whole run: starts and ends are pairs, and parents are known. */
export interface Witness {
  /** Scopes that have started and not ended. */
  readonly open: ReadonlyMap<string, string>;
  readonly events: number;
  /** Keeps the stream of the next case to check every line of it. */
  keepLines(): void;
  /** What was wrong since the last time. */
  take(): string[];
  stop(): void;
}

/** Under which name it subscribes. */
export const WITNESS: string = 'fuzz witness';
/** Cases whose scopes may still be named as parents. */
const REMEMBERED = 50_000;

/** A witness of everything from now on. */
export function createWitness(): Witness {
  const open = new Map<string, string>();
  let known = new Set<string>();
  let before = new Set<string>();
  let violations: string[] = [];
  let lines: string[] | undefined;
  let started = new Set<string>();
  let events = 0;
  const note = (event: AtofEvent): void => {
    events++;
    const { uuid, parent_uuid: parent, metadata } = event;
    const isKnown = known.has(parent ?? '') || before.has(parent ?? '') || open.has(parent ?? '');
    if (!isKnown && parent !== metadata?.['root_uuid']) violations.push(`'${event.name}' has an unknown parent`);
    if (event.kind === 'scope' && event.scope_category === 'end') {
      if (open.get(uuid) !== String(parent))
        violations.push(`'${event.name}' ended without a start, twice, or elsewhere`);
      open.delete(uuid);
    } else if (event.kind === 'scope') {
      if (open.has(uuid) || known.has(uuid)) violations.push(`'${event.name}' started twice`);
      open.set(uuid, String(parent));
      known.add(uuid);
    }
    if (known.size > REMEMBERED) {
      before = known;
      known = new Set();
    }
  };
  const keep = (event: AtofEvent): void => {
    if (event.kind === 'mark' || event.scope_category === 'start') started.add(event.uuid);
    // What an earlier case left open may end in this one.
    if (started.has(event.uuid)) lines?.push(JSON.stringify(event));
  };
  const registration = flow.addSubscriber(WITNESS, (event) => {
    note(event);
    if (lines !== undefined) keep(event);
  });
  return {
    open,
    get events() {
      return events;
    },
    keepLines: () => void (lines = []),
    take() {
      if (lines !== undefined && lines.length > 0) violations.push(...validateAtof(lines.join('\n')).errors);
      const taken = violations;
      lines = undefined;
      violations = [];
      started = new Set();
      return taken;
    },
    stop: () => void registration.remove(),
  };
}
