// SPDX-License-Identifier: Apache-2.0

import type { Log } from './log.ts';
import { thread } from './thread.ts';

/** What must not be lost when the process ends. */
export interface ExitHook {
  /** Runs while the event loop still does: before a natural end and on signals. May not end in time. */
  flush(): Promise<void>;
  /** Runs at the very end, also after `process.exit()` and uncaught errors; may still make spans. Also runs after `flush`. */
  flushSync(): void;
}

export interface ExitWatch {
  /** Hooks run in the order in which they were added. Returns the undo. */
  onExit(hook: ExitHook): () => void;
  /** Stops watching: listeners are removed, nothing is flushed. */
  close(): void;
}

/** Spans on their way out, as the end of the process sees them. */
export interface ExitDelivery {
  /** Sends what has ended and resolves when it is delivered or has failed. Never rejects, shuts nothing down. */
  flush(): Promise<void>;
  /** Sends what has ended and resolves when every request had its first answer: repetitions are not waited for. */
  whenQuiet(): Promise<void>;
  /** Sends what is left while this thread waits, at most that long, and prints what is lost. */
  deliverNow(timeoutMillis: number): void;
}

export interface ExitOptions {
  /** For all that the end of the process waits for, together. */
  readonly timeoutMillis: number;
  /** Comes after the hooks, which may still make spans. */
  readonly delivery: ExitDelivery;
  readonly log: Log;
}

/** Another tool that also sends at the end, and counts our requests, would go on with us for ever. */
const MAX_ROUNDS = 5;
const ROUND_MILLIS = 1000;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Watches every way in which this thread can end by itself. How it ends stays the application's business: exit code and signal
 * are those without us, and a process whose application handles a signal is never ended here.
 */
export function watchExit({ timeoutMillis, delivery, log }: ExitOptions): ExitWatch {
  const hooks = new Set<ExitHook>();
  let echo = false;
  let ending = false;
  let watching = true;
  let deadline: number | undefined;
  let rounds = 0;
  let lastRound = Number.NEGATIVE_INFINITY;

  const left = (): number => Math.max(0, (deadline ??= performance.now() + timeoutMillis) - performance.now());

  function finish(): void {
    for (const hook of hooks) attempt(() => hook.flushSync());
    attempt(() => delivery.deliverNow(left()));
  }

  function attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      log('warn', `a step at exit failed: ${String(error)}`);
    }
  }

  async function flushHooks(): Promise<void> {
    for (const hook of hooks) {
      try {
        await hook.flush();
      } catch (error) {
        log('warn', `a flush at exit failed: ${String(error)}`);
      }
    }
  }

  /**
   * Half the time, so that what hangs here leaves some for `finish`. The timer holds the process meanwhile. Nothing is repeated:
   * a receiver that is not there would cost every end of a process that half.
   */
  async function flushBounded(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, left() / 2);
    });
    await Promise.race([flushHooks().then(() => delivery.whenQuiet()), timeout]);
    clearTimeout(timer);
  }

  /**
   * Nothing is shut down: other listeners may start new work. Node then comes here again, as it does after our own waiting. What comes after too
   * many rounds in a row is left to `finish`.
   */
  function onBeforeExit(): void {
    echo = !echo;
    if (!echo || timeoutMillis === 0) return;
    rounds = performance.now() - lastRound < ROUND_MILLIS ? rounds + 1 : 1;
    if (rounds > MAX_ROUNDS) return;
    deadline = undefined;
    void flushBounded().then(() => {
      lastRound = performance.now();
    });
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (process.listenerCount(signal) > 1) {
      stepAside(signal);
    } else if (ending) {
      ignoreSignals();
      process.kill(process.pid, signal);
    } else {
      ending = true;
      deadline = undefined;
      void flushBounded().then(() => {
        ignoreSignals();
        finish();
        process.kill(process.pid, signal);
      });
    }
  }

  /** From here a signal, such as the second Ctrl-C of an impatient user, ends the process at once, even while it waits. */
  function ignoreSignals(): void {
    watching = false;
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }

  /**
   * The application decides what the signal means. While its listeners run ours is not there: some count the listeners and end
   * the process, with the same signal and without `exit`, if they are alone. Those get spans delivered first.
   */
  function stepAside(signal: NodeJS.Signals): void {
    process.removeListener(signal, onSignal);
    setImmediate(() => {
      if (watching) process.prependListener(signal, onSignal);
    }).unref();
    deadline = undefined;
    if (Symbol.for('signal-exit emitter') in globalThis || '__signal_exit_emitter__' in process) finish();
    else void flushHooks().then(() => delivery.flush());
  }

  function onProcessExit(): void {
    ignoreSignals();
    // Used up only if the process went on after an earlier flush.
    if (left() === 0) deadline = undefined;
    finish();
  }

  process.on('beforeExit', onBeforeExit);
  process.on('exit', onProcessExit);
  // Worker threads get no signals.
  if (thread.isMainThread) for (const signal of SIGNALS) process.prependListener(signal, onSignal);

  return {
    onExit(hook) {
      hooks.add(hook);
      return () => hooks.delete(hook);
    },
    close() {
      ignoreSignals();
      process.removeListener('beforeExit', onBeforeExit);
      process.removeListener('exit', onProcessExit);
    },
  };
}
