// SPDX-License-Identifier: Apache-2.0
import { flow, isFlowError } from '@flow/register/api';
import './print-events.mjs';

// A framework that only tells when something began and when it was over.
const job = flow.scope.start('nightly import', { type: 'function', metadata: { tenant: 'a' } });
const fetched = await job.run(() => flow.tool.execute({ name: 'fetch', args: { page: 1 } }, async () => ['row']));
job.end({ output: { rows: fetched.length } });

try {
  job.end();
} catch (error) {
  console.log(isFlowError(error)?.code);
}

// What happened earlier can be recorded later: times are Unix microseconds.
const started = Date.UTC(2026, 0, 1) * 1000;
const step = flow.scope.start('replayed step', { time: started });
step.fail(new RangeError('no such row'), { time: started + 250_000 });
