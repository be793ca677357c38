// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GCProfiler } from 'node:v8';
import { CACHE } from './peers.ts';

/** Megabytes of young generation, in which V8 allocates nearly without collecting. */
const YOUNG_MB = 256;
const SOURCE = join(import.meta.dirname, 'count-malloc.c');
const LIBRARY = join(CACHE, 'count-malloc.so');
const COUNTER = 'BENCH_MALLOC_COUNTER';

/** Compiles the counter of native allocations, which needs glibc and a C compiler. Returns why there is none, if so. */
export function buildCounter(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (existsSync(LIBRARY) && statSync(LIBRARY).mtimeMs > statSync(SOURCE).mtimeMs) return undefined;
  mkdirSync(CACHE, { recursive: true });
  const { status, error, stderr } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', LIBRARY, SOURCE], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : (error?.message ?? stderr);
}

/** How a process has to be started in which allocations are counted: Node's options and the environment. */
export function countingProcess(name: string): { execArgv: string[]; env: Record<string, string> } {
  const execArgv = [`--max-semi-space-size=${YOUNG_MB}`, `--min-semi-space-size=${YOUNG_MB}`];
  if (!existsSync(LIBRARY)) return { execArgv, env: {} };
  const counter = join(CACHE, `${name}.counter`);
  writeFileSync(counter, Buffer.alloc(8));
  return { execArgv, env: { LD_PRELOAD: LIBRARY, [COUNTER]: counter } };
}

/** What some work has allocated: V8's heap and, where they are counted, native bytes. */
export async function allocatedBytes(work: () => Promise<void>): Promise<number> {
  const collections = new GCProfiler();
  collections.start();
  const before = total();
  await work();
  const growth = total() - before;
  // What was collected meanwhile had been allocated too.
  const freed = collections
    .stop()
    .statistics.map(
      ({ beforeGC, afterGC }) => beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
    );
  return freed.reduce((sum, bytes) => sum + bytes, growth);
}

function total(): number {
  const counter = process.env[COUNTER];
  const native = counter === undefined ? 0 : Number(readFileSync(counter).readBigUInt64LE());
  return native + process.memoryUsage().heapUsed;
}
