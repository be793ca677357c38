// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { caseNamed } from '../../bench/cases.ts';
import { type Pace, type Participant, type Samples, measureAllocation, measureTime } from '../../bench/rounds.ts';
import { spreadOf } from '../../bench/statistics.ts';

// Ratios of what is measured in turns, in one run. A busy machine only ever adds to a figure, so the least of the rounds is compared. The limits
// are for a change that makes calls a multiple slower, not for the last tenth: for that there is `npm run bench`.
const PACE: Pace = {
  rounds: 9,
  warmUpMillis: 700,
  batchMillis: 20,
  apart: { rounds: 0, warmUpMillis: 0, batchMillis: 0, batches: 0 },
  starts: 0,
};

const leastCpu = ({ cpu }: Samples, participant: Participant): number => Math.min(...(cpu?.get(participant) ?? []));

describe('what a managed call costs', () => {
  it('with a recorded span and its events is a small multiple of a bare span, whatever the size of a payload that nobody needs', async () => {
    const samples = await measureTime(caseNamed('span'), ['span', 'flow', 'flow@10k-unneeded'], PACE);
    expect(leastCpu(samples, 'flow') / leastCpu(samples, 'span')).toBeLessThan(6);
    expect(leastCpu(samples, 'flow@10k-unneeded') / leastCpu(samples, 'flow')).toBeLessThan(2.5);
  });

  it('with nobody listening is a small multiple of carrying a value in the context', async () => {
    const samples = await measureTime(caseNamed('silent'), ['context', 'flow'], PACE);
    expect(leastCpu(samples, 'flow') / leastCpu(samples, 'context')).toBeLessThan(10);
  });

  it('in memory is a small multiple of what a bare span allocates', async () => {
    const { bytes } = await measureAllocation(caseNamed('span'), ['span', 'flow'], PACE);
    // A collection in the midst of a round makes its figure too small, the compiler makes one too large: neither is the median.
    const allocated = (participant: Participant): number => spreadOf(bytes?.get(participant) ?? []).median;
    expect(allocated('flow') / allocated('span')).toBeLessThan(2.5);
  });
});
