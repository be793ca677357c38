// SPDX-License-Identifier: Apache-2.0

/** Limits of what is remembered, and the clock it expires by. */
export interface RunsOptions {
  /** Keys remembered at once; the one used longest ago is forgotten first. */
  readonly max?: number;
  /** Milliseconds after its last use at which a key is forgotten; up to a 64th part of that earlier. */
  readonly ttlMs?: number;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

/** Finds the run that a model call continues by the keys of its history. Keeps keys only, no content. */
export interface Runs<R extends object> {
  /** The run of the first key that is known; ambiguous when several runs share that key; undefined when no key is known. */
  join(keys: readonly string[]): { readonly run: R } | { readonly ambiguous: true } | undefined;
  /** A key that another run has remembered becomes ambiguous until it expires. */
  remember(keys: readonly string[], run: R): void;
}

interface Entry<R> {
  /** Undefined: two runs share the key. */
  run: R | undefined;
  expires: number;
}

/** An empty memory of runs, bounded in number and time. Runs are told apart by identity. */
export function createRuns<R extends object>({
  max = 10_000,
  ttlMs = 1_800_000,
  now = () => performance.now(),
}: RunsOptions = {}): Runs<R> {
  // In order of use, oldest first, which with one lifetime for all is also the order of expiry.
  const entries = new Map<string, Entry<R>>();

  function live(key: string, time: number): Entry<R> | undefined {
    const entry = entries.get(key);
    if (entry === undefined || entry.expires > time) return entry;
    entries.delete(key);
    return undefined;
  }

  // A map whose keys come and go makes itself anew all the time: what was used a moment ago stays where it is, as long as nothing has to be forgotten.
  const moment = ttlMs / 64;

  function use(key: string, run: R | undefined, time: number, known: Entry<R> | undefined): void {
    const stays = known !== undefined && known.run === run && known.expires > time + ttlMs - moment;
    if (stays && entries.size < max / 2) return;
    if (known !== undefined) entries.delete(key);
    entries.set(key, { run, expires: time + ttlMs });
  }

  function forgetOld(time: number): void {
    for (const [key, { expires }] of entries) {
      if (entries.size <= max && expires > time) return;
      entries.delete(key);
    }
  }

  return {
    join(keys) {
      if (keys.length === 0) return undefined;
      const time = now();
      for (const key of keys) {
        const entry = live(key, time);
        if (entry === undefined) continue;
        // An ambiguous key is not kept alive by those who ask for it: it has to expire.
        if (entry.run === undefined) return { ambiguous: true };
        use(key, entry.run, time, entry);
        return { run: entry.run };
      }
      return undefined;
    },
    remember(keys, run) {
      const time = now();
      for (const key of keys) {
        const known = live(key, time);
        use(key, known === undefined || known.run === run ? run : undefined, time, known);
      }
      forgetOld(time);
    },
  };
}
