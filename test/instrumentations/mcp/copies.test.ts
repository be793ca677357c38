// SPDX-License-Identifier: Apache-2.0
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { coverage, instrument } from '../../../src/sdk/index.ts';
import { VERSIONS } from '../../support/application-versions.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, type Major, makeApp, makeDoctoredApp, packageOf } from './installed.ts';

const trees: string[] = [];
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));
const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const NAMES = {
  1: ['@modelcontextprotocol/sdk/client', '@modelcontextprotocol/sdk/server'],
  2: ['@modelcontextprotocol/client', '@modelcontextprotocol/server'],
};
const POINTS = [['Client.callTool', 'Client.request'], ['Server.setRequestHandler']];

async function run(tree: string, code: string, env: Readonly<Record<string, string>> = {}) {
  trees.push(tree);
  writeFileSync(
    join(tree, 'app.mjs'),
    `import { createRequire } from 'node:module';
    import { coverage } from '@flow/register/sdk';
    const require = createRequire(import.meta.url);
    ${code}
    console.log(JSON.stringify(coverage().map(({ name, format, patched, missing }) => [name, format, patched, missing])));`,
  );
  const args = ['--import', join(ROOT, 'dist/esm/register.js')];
  const { code: exit, stdout, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env: { ...none, ...env } });
  return { exit, rows: stdout === '' ? undefined : (JSON.parse(stdout) as readonly unknown[]), stderr };
}

describe.each(MAJORS)('MCP %s without its patch points', (major) => {
  const [client, server] = NAMES[major] as [string, string];
  const renamed = { callTool: 'invokeTool', setRequestHandler: 'handle' };
  const files = major === '1' ? [`${client}/index.js`, `${server}/mcp.js`] : [client, server];

  it('is warned about once for each copy, and is in the ledger', async () => {
    const load = files.map((file) => `await import('${file}'); require('${file}');`).join('\n');
    const { exit, rows, stderr } = await run(makeDoctoredApp(major, renamed), load);
    expect({ exit, stderr: exit === 0 ? '' : stderr }).toEqual({ exit: 0, stderr: '' });
    expect(rows).toEqual([
      [client, 'esm', ['Client.request'], ['Client.callTool']],
      [client, 'cjs', ['Client.request'], ['Client.callTool']],
      [server, 'esm', [], ['Server.setRequestHandler']],
      [server, 'cjs', [], ['Server.setRequestHandler']],
    ]);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => / has no (\S+):/.exec(line)?.[1]),
    ).toEqual(['Client.callTool', 'Client.callTool', 'Server.setRequestHandler', 'Server.setRequestHandler']);
  });
});

describe('a part of MCP 1', () => {
  it('is patched whichever of its names leads to it, and where a test runner loads the file', async () => {
    const folder = pathToFileURL(join(packageOf('1', 'sdk'), 'dist/esm')).href;
    const { rows, stderr } = await run(
      makeApp('1'),
      // Earlier versions have the longer name only.
      `await import('@modelcontextprotocol/sdk/client${VERSIONS === undefined ? '' : '/index.js'}');
      await import('${folder}/server/mcp.js');
      require('@modelcontextprotocol/sdk/server/mcp.js');
      require('${join(packageOf('1', 'sdk'), 'dist/cjs/client/index.js')}');`,
    );
    expect(stderr).toBe('');
    expect(rows).toEqual([
      [NAMES[1][0], 'esm', POINTS[0], []],
      [NAMES[1][1], 'esm', POINTS[1], []],
      [NAMES[1][1], 'cjs', POINTS[1], []],
      [NAMES[1][0], 'cjs', POINTS[0], []],
    ]);
  });
});

describe('instrument()', () => {
  it.each(MAJORS)('takes the classes of MCP %s, servers and clients, and namespaces', (major: Major) => {
    const require = createRequire(join(packageOf(major, major === '1' ? 'sdk' : 'server'), 'package.json'));
    const [{ Client }, { McpServer, Server }] =
      major === '1'
        ? [require('@modelcontextprotocol/sdk/client/index.js'), require('@modelcontextprotocol/sdk/server/mcp.js')]
        : [require(packageOf('2', 'client')), require(packageOf('2', 'server'))];
    class Own extends Client {}
    const info = { name: 'x', version: '1' };
    const targets = [
      Client,
      Reflect.construct(Own, [info]),
      McpServer,
      new McpServer(info).server,
      { Client },
      Server ?? McpServer,
    ];
    expect(targets.map(instrument)).toEqual(targets.map(() => true));
    expect(Client.prototype.callTool[Symbol.for('flow.patched')]).toBe(true);
    const { setRequestHandler } = new McpServer(info).server;
    expect(setRequestHandler[Symbol.for('flow.patched')]).toBe(true);
    expect(coverage().flatMap(({ missing }) => missing)).toEqual([]);
  });
});
