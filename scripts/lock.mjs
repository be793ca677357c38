// SPDX-License-Identifier: Apache-2.0
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits until this process alone holds the lock file; returns how to give it back. A dead holder's lock is taken over. */
export async function holdLock(path, patience = 120_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder !== undefined && !isRunning(holder)) rmSync(path, { force: true });
    else if (Date.now() > deadline) throw new Error(`process ${holder} has held ${path} for too long`);
    else await delay(50);
  }
}

function readHolder(path) {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
