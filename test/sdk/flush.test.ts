// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, onTestFinished } from 'vitest';

import { startCollector, type Collector, type CollectorOptions } from '../support/collector/index.ts';
import { runTraced } from './fixtures/traced-app.ts';

async function start(options: CollectorOptions = {}): Promise<Collector> {
  const collector = await startCollector(options);
  onTestFinished(() => collector.close());
  return collector;
}

const MAIN = `
  const { flush } = await import('@flow/register/sdk');
  const { flow } = await import('@flow/register/api');
  const had = [];
  flow.addSubscriber('app', ({ name, scope_category: category }) => had.push(category + ' ' + name));
  const handle = async (name) => {
    await flow.scope.run(name, () => logger.emit({ body: name }));
    meter.createCounter('requests').add(1);
  };`;

describe('flush()', () => {
  it('has everything sent by the time a process is killed between two requests', async () => {
    const collector = await start();
    const code = `${MAIN}
      for (const name of ['first', 'second']) {
        await handle(name);
        await Promise.all([flush(), flush()]);
      }
      console.log(had.join());
      process.kill(process.pid, 'SIGKILL');`;
    const { signal, stdout, stderr } = await runTraced({ collector, code });
    expect({ signal, stdout, stderr }).toEqual({
      signal: 'SIGKILL',
      stdout: 'start first,end first,start second,end second\n',
      stderr: '',
    });
    expect(collector.spans.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(collector.logs.map(({ body }) => body)).toEqual(['first', 'second']);
    expect(collector.metrics.some(({ name }) => name === 'requests')).toBe(true);
  });

  it('does not wait for a receiver longer than it is told to', async () => {
    const collector = await start({ hang: true });
    const code = `${MAIN}
      await handle('request');
      await flush(50);
      console.log(flow.lastDiagnostic()?.error.message);
      process.kill(process.pid, 'SIGKILL');`;
    const { signal, stdout } = await runTraced({ collector, code });
    expect({ signal, stdout }).toEqual({
      signal: 'SIGKILL',
      stdout: 'still busy after 50 ms; flush() went on without it\n',
    });
  });

  it('resolves where Flow was not started, or sends nothing', async () => {
    const collector = await start();
    const code = `${MAIN} await handle('request'); await flush(); console.log(had.length);`;
    const { stdout, stderr } = await runTraced({ collector, code, env: { OTEL_SDK_DISABLED: 'true' } });
    expect({ stdout, stderr, requests: collector.requests }).toEqual({ stdout: '2\n', stderr: '', requests: [] });
  });
});
