// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { createRuns } from '../../src/atif/runs.ts';

function runsWithClock(max?: number) {
  const clock = { time: 0 };
  return {
    clock,
    runs: createRuns<object>({ now: () => clock.time, ttlMs: 100, ...(max === undefined ? {} : { max }) }),
  };
}

it('a call joins the run that remembered one of its keys, the first known key first', () => {
  const { runs } = runsWithClock();
  const [a, b] = [{}, {}];
  runs.remember(['k1', 'k2'], a);
  runs.remember(['k3'], b);
  expect(runs.join(['unknown', 'k3', 'k1'])).toEqual({ run: b });
  expect(runs.join(['k2'])).toEqual({ run: a });
  expect(runs.join(['unknown'])).toBeUndefined();
  expect(runs.join([])).toBeUndefined();
});

it('a key of two runs is ambiguous until it expires, also when asked for or remembered again', () => {
  const { runs, clock } = runsWithClock();
  const [a, b] = [{ name: 'same' }, { name: 'same' }];
  runs.remember(['k'], a);
  runs.remember(['k'], a);
  expect(runs.join(['k'])).toEqual({ run: a });
  runs.remember(['k'], b);
  expect(runs.join(['k'])).toEqual({ ambiguous: true });
  runs.remember(['k'], a);
  expect(runs.join(['k'])).toEqual({ ambiguous: true });
  clock.time = 99;
  expect(runs.join(['k'])).toEqual({ ambiguous: true });
  clock.time = 100;
  expect(runs.join(['k'])).toBeUndefined();
  runs.remember(['k'], b);
  expect(runs.join(['k'])).toEqual({ run: b });
});

it('a run is forgotten when it was not used for its lifetime; being joined counts as use', () => {
  const { runs, clock } = runsWithClock();
  const run = {};
  runs.remember(['k'], run);
  clock.time = 60;
  expect(runs.join(['k'])).toEqual({ run });
  clock.time = 120;
  expect(runs.join(['k'])).toEqual({ run });
  clock.time = 220;
  expect(runs.join(['k'])).toBeUndefined();
});

it('beyond the limit the key used longest ago is forgotten', () => {
  const { runs } = runsWithClock(2);
  const run = {};
  runs.remember(['a', 'b'], run);
  runs.join(['a']);
  runs.remember(['c'], run);
  expect(['a', 'b', 'c'].map((key) => runs.join([key]) !== undefined)).toEqual([true, false, true]);
});
