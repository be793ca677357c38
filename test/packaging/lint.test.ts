// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pack, root } from './consumer.ts';

/** What of these tools is used: they are dependencies of another folder than this one. */
interface Publint {
  publint(options: { pack: { tarball: ArrayBuffer }; strict: boolean }): Promise<{ messages: readonly unknown[] }>;
}
interface Attw {
  createPackageFromTarballData(tarball: Uint8Array): unknown;
  checkPackage(from: unknown): Promise<{ problems: readonly unknown[]; types: unknown }>;
}

describe('the packed package', () => {
  let folder: string;
  let tarball: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flow-packed-'));
    tarball = await readFile(join(folder, (await pack(folder)).filename));
  }, 120_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('passes publint in its strict form', async () => {
    const { publint } = await tool<Publint>('publint');
    const data = Uint8Array.from(tarball).buffer;
    const { messages } = await publint({ pack: { tarball: data }, strict: true });
    expect(messages).toEqual([]);
  });

  test('has types that resolve to what runs, in every mode of resolution that there is (arethetypeswrong)', async () => {
    const { checkPackage, createPackageFromTarballData } = await tool<Attw>('@arethetypeswrong/core');
    const { problems, types } = await checkPackage(createPackageFromTarballData(tarball));
    expect({ problems, types }).toEqual({ problems: [], types: { kind: 'included' } });
  }, 120_000);
});

function tool<T>(name: string): Promise<T> {
  const tools = createRequire(join(root, 'test/apps/packaging/package.json'));
  return import(pathToFileURL(tools.resolve(name)).href) as Promise<T>;
}
