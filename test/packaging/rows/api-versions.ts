// SPDX-License-Identifier: Apache-2.0
import { globSync } from 'node:fs';
import { cp, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../consumer.ts';
import { type Matrix, runAs } from './agent.ts';

const app = `
import { trace } from '@opentelemetry/api';
import { flow } from '@flow/register/api';
trace.getTracer('app').startActiveSpan('own', (span) => {
  flow.tool.execute({ name: 'send_email', args: {} }, () => 'sent').then(console.log, (error) => console.log(error.code));
  flow.tool.execute({ name: 'search', args: {} }, () => 'found').then((found) => console.log(found));
  span.end();
});
`;
const START = ['--import', '@flow/register', '--import', './policy.mjs'];

/** An application that has a version of its own of what Flow and it share. */
export function describeApiVersions(matrix: () => Matrix): void {
  /** An application below the installed one: what it does not have itself it finds there. */
  const write = async (name: string, version: string, from: string): Promise<void> => {
    const { consumer } = matrix();
    const copy = join(consumer.folder, name, 'node_modules/@opentelemetry/api');
    await consumer.write({ [`${name}/app.mjs`]: app });
    await cp(await realpath(from), copy, { recursive: true });
    await doctor(copy, version);
  };

  const expectOneTrace = (name: string): void => {
    const spans = matrix().collector.spans.filter(({ resource }) => resource['service.name'] === name);
    expect(spans.map((span) => span.name)).toEqual(expect.arrayContaining(['own', 'execute_tool search']));
    const own = spans.find((span) => span.name === 'own');
    expect(spans.find((span) => span.name === 'execute_tool search')?.parentSpanId).toBe(own?.spanId);
  };

  describe('beside an @opentelemetry/api of the application', { timeout: 120_000 }, () => {
    test.concurrent.each([
      ['1.9', '1.9.1', 'node_modules/otel-api-1.9'],
      ['1.10', '1.10.0', 'node_modules/@opentelemetry/api'],
    ])('of %s, spans of both are one trace and policy holds', async (minor, version, from) => {
      const name = `api-${minor}`;
      await write(name, version, join(root, from));
      const ended = await runAs(name, matrix(), [...START, `${name}/app.mjs`]);
      expect(ended).toEqual({ code: 0, stdout: 'FLOW_GUARDRAIL_REJECTED\nfound\n', stderr: '' });
      expectOneTrace(name);
    });

    test.concurrent('that is a minor newer, policy holds, and one line says whose spans are lost', async () => {
      await write('api-newer', '1.11.0', join(root, 'node_modules/@opentelemetry/api'));
      const { code, stdout, stderr } = await runAs('api-newer', matrix(), [...START, 'api-newer/app.mjs']);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'FLOW_GUARDRAIL_REJECTED\nfound\n' });
      expect(stderr).toMatch(
        /^flow: the application has @opentelemetry\/api 1\.11\.0, newer than Flow's 1\.10\.\d+.*\n$/,
      );
      const spans = matrix().collector.spans.filter(({ resource }) => resource['service.name'] === 'api-newer');
      expect(spans.map((span) => span.name)).toContain('execute_tool search');
    });

    test.concurrent('that is a minor newer and that Flow shares, spans of both are one trace', async () => {
      const { consumer } = matrix();
      await write('api-shared', '1.11.0', join(root, 'node_modules/@opentelemetry/api'));
      const flow = 'node_modules/@flow/register';
      await cp(join(consumer.folder, flow), join(consumer.folder, 'api-shared', flow), { recursive: true });
      const start = ['--import', './api-shared/node_modules/@flow/register/dist/esm/register.js'];
      const ended = await runAs('api-shared', matrix(), [...start, 'api-shared/app.mjs']);
      expect(ended).toEqual({ code: 0, stdout: 'sent\nfound\n', stderr: '' });
      expectOneTrace('api-shared');
    });
  });
}

/** Gives a copy of the API another version: no newer one than today's is published. */
async function doctor(folder: string, version: string): Promise<void> {
  const real = /"version": "(.*)"/.exec(await readFile(join(folder, 'package.json'), 'utf8'))?.[1] as string;
  if (real === version) return;
  for (const file of globSync(['package.json', 'dist/**/*.{cjs,mjs}'], { cwd: folder })) {
    const path = join(folder, file);
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll(`"${real}"`, `"${version}"`));
  }
}
