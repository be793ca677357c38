// SPDX-License-Identifier: Apache-2.0
import type { Moment, Scope } from './scopes.ts';

/** All of interest that happened, to be read in order of time. */
export interface Moments {
  add(moment: Moment): void;
  remove(moment: Moment): void;
  /** Both halves of a scope. */
  removeBoth(scope: Scope): void;
  /** Valid until the next change. */
  inOrder(): readonly Moment[];
}

/** Nothing yet. */
export function createMoments(): Moments {
  let moments: Moment[] = [];
  /** Scopes whose halves are removed, and are there still. */
  let gone = new Set<Scope>();
  let ordered = true;
  let latest = Number.NEGATIVE_INFINITY;

  function dropGone(): void {
    moments = moments.filter((moment) => moment.kind === 'mark' || !gone.has(moment.scope));
    gone = new Set();
  }

  return {
    add(moment) {
      if (moment.micros < latest) ordered = false;
      else latest = moment.micros;
      moments.push(moment);
    },
    remove(moment) {
      moments = moments.filter((each) => each !== moment);
    },
    removeBoth(scope) {
      // They are the last ones as a rule: what a call tells comes when it has ended.
      let left = 2;
      for (; isHalfOf(scope, moments.at(-1)); left--) moments.pop();
      if (left === 0) return;
      gone.add(scope);
      if (gone.size * 4 > moments.length) dropGone();
    },
    inOrder() {
      if (gone.size > 0) dropGone();
      if (!ordered) {
        // Nearly in order as a rule: what ends later than others began is a little late.
        moments = moments.toSorted((a, b) => a.micros - b.micros);
        ordered = true;
      }
      return moments;
    },
  };
}

function isHalfOf(scope: Scope, moment: Moment | undefined): boolean {
  return moment !== undefined && moment.kind !== 'mark' && moment.scope === scope;
}
