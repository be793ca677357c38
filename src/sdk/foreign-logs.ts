// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';

import { load } from '../instrument/load.ts';

const API_LOGS: symbol = Symbol.for('io.opentelemetry.js.api.logs');
/** A stack costs microseconds, and providers are registered early. */
const MAX_STACKS = 1000;

type Getter = (version: number) => Api.LoggerProvider;
type Global = { [API_LOGS]?: Getter | undefined };

const ours: Getter = () => load<typeof Api>('@opentelemetry/api').logs.getLoggerProvider();

/** Libraries of OpenTelemetry JS 2.x speak through `@opentelemetry/api-logs`, which has a global of its own: from here they reach the registered provider. */
export function bridgeApiLogs(): void {
  const global = globalThis as Global;
  global[API_LOGS as never] ??= ours as never;
}

/** A logger provider of 2.x that comes later is refused without a word: what is left of it is that it asked. Returns the undo. */
export function watchApiLogs(refuse: (slot: string, stack: string) => void): () => void {
  const global = globalThis as unknown as Record<symbol, Getter | undefined>;
  if (global[API_LOGS] !== ours) return () => undefined;
  let stacks = 0;
  const watching: Getter = (version) => {
    if (stacks++ < MAX_STACKS) {
      const { stack = '' } = new Error('registered');
      if (stack.includes('setGlobalLoggerProvider')) refuse('logs', stack.split('\n').slice(2).join('\n'));
    }
    return ours(version);
  };
  global[API_LOGS] = watching;
  return () => {
    if (global[API_LOGS] === watching) global[API_LOGS] = ours;
  };
}
