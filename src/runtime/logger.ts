// SPDX-License-Identifier: Apache-2.0
import { type LogRecord, type Logger, ROOT_CONTEXT, logs } from '@opentelemetry/api';
import { VERSION } from '../../semconv/version.ts';
import { enterQuiet } from '../scope/stack.ts';
import { report } from './diagnostics.ts';
import { perProvider } from './per-provider.ts';

const currentLogger: () => Logger | undefined = perProvider(
  'log',
  'getLogger',
  () => logs.getLoggerProvider(),
  (provider) => provider.getLogger('@flow/register', VERSION),
);

/** True while somebody takes log records, of whatever severity. Outside of any trace: whether one is sampled is for each record. */
export function hasLogger(): boolean {
  return isEnabled(currentLogger(), { context: ROOT_CONTEXT });
}

function isEnabled(logger: Logger | undefined, record: LogRecord): boolean {
  try {
    // A logger that cannot say so takes everything.
    return logger !== undefined && (typeof logger.enabled !== 'function' || logger.enabled(record));
  } catch (error) {
    report('log', 'enabled', error);
    return false;
  }
}

/** Emits a log record, if anybody wants it; only then `fill` is asked for the rest. What processors do with it is not observed. Never throws. */
export function emitLog(
  name: string,
  head: Omit<LogRecord, 'body' | 'attributes'>,
  fill: () => Pick<LogRecord, 'body' | 'attributes'>,
): void {
  const current = currentLogger();
  if (current === undefined || !isEnabled(current, head)) return;
  try {
    const record = { ...head, ...fill() };
    enterQuiet(() => current.emit(record));
  } catch (error) {
    report('log', name, error);
  }
}
