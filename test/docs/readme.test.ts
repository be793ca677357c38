// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectValidAtif, expectValidAtof } from '../support/formats/index.ts';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server/server.ts';
import { ROOT, runApp } from '../support/run.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const register = join(ROOT, 'dist/esm/register.js');

function example(marker: string): string {
  const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
  const block = blocks.find((code) => code.includes(marker));
  if (block === undefined) throw new Error(`README.md has no example with ${marker}`);
  return block;
}

describe('README.md', () => {
  let server: OpenAiServer;
  // Inside the package, so that its own name resolves there as it does in an application.
  const folder = mkdtempSync(join(ROOT, 'test/docs/.readme-'));
  beforeAll(async () => {
    server = await startOpenAiServer();
    writeFileSync(join(folder, 'app.mjs'), example('// app.js'));
    writeFileSync(join(folder, 'policy.mjs'), example('// policy.mjs'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.close();
  });

  const run = (...args: string[]) =>
    runApp({
      args: ['--import', register, ...args],
      file: join(folder, 'app.mjs'),
      env: {
        OPENAI_BASE_URL: server.url,
        OPENAI_API_KEY: 'sk-test',
        OTEL_TRACES_EXPORTER: 'none',
        FLOW_ATOF_FILE: join(folder, 'events.jsonl'),
        FLOW_ATIF_DIR: folder,
      },
    });

  it('has a smallest program whose call is in the event file and in one trajectory', async () => {
    const { code, stdout, stderr } = await run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toBe('');
    expectValidAtof(readFileSync(join(folder, 'events.jsonl'), 'utf8'));
    const documents = readdirSync(folder).filter((name) => name.endsWith('.atif.json'));
    expect(documents).toHaveLength(1);
    expectValidAtif(JSON.parse(readFileSync(join(folder, documents[0] as string), 'utf8')));
  });

  it('has a policy under which the same program sends another request', async () => {
    const { code, stderr } = await run('--import', join(folder, 'policy.mjs'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(server.requests.at(-1)?.body).toMatchObject({ temperature: 0.1 });
  });

  it('lists every setting that the start reads', async () => {
    const { code, stderr } = await runApp({ file: join(ROOT, 'scripts/readme.mjs'), programArgs: ['--check'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
