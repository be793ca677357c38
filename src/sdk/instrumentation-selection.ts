// SPDX-License-Identifier: Apache-2.0
import { dirname } from 'node:path';
import { httpInstrumentation, undiciInstrumentation } from '../instrument/otel-http.ts';
import { findInstalled, findRivals } from '../instrument/otel-installed.ts';
import {
  createLazyInstrumentations,
  type LazyInstrumentation,
  type LazyInstrumentations,
} from '../instrument/otel-lazy.ts';
import { ON_DEMAND, TARGETS } from '../instrument/otel-targets.ts';
import type { Settings } from './environment.ts';
import type { Log } from './log.ts';

type Selection = Pick<Settings, 'enabledInstrumentations' | 'disabledInstrumentations'>;

/** What `OTEL_NODE_*_INSTRUMENTATIONS` leave. */
export interface SelectedInstrumentations {
  readonly names: readonly string[];
  /** For who is the SDK. The others leave it to the application, which has its own. */
  create(): LazyInstrumentations;
}

/**
 * The instrumentations that Flow brings and those that the application has installed, as far as the settings leave them. `patched` are the SDKs
 * that Flow patches itself: what others bring for them is never started.
 */
export function selectInstrumentations(
  settings: Selection,
  patched: readonly string[],
  log: Log,
): SelectedInstrumentations {
  const folders = [process.cwd(), ...(process.argv[1] === undefined ? [] : [dirname(process.argv[1])])];
  const own = [httpInstrumentation(), undiciInstrumentation()];
  const taken = [...own.map(({ name }) => name), ...patched];
  const installed = findInstalled(folders)
    .filter(({ name }) => !taken.includes(name))
    .map((each): LazyInstrumentation => ({ ...each, target: TARGETS[each.name] }));
  reportUnknown(settings, [...taken, ...installed.map(({ name }) => name), ...Object.keys(TARGETS)], log);
  const selected = [...own, ...installed].filter(({ name }) => isSelected(settings, name));
  return {
    names: selected.map(({ name }) => name),
    create() {
      for (const rival of findRivals(folders, patched))
        log('info', `${rival} is installed and not started: Flow makes the spans of those calls`);
      return createLazyInstrumentations(selected, log);
    },
  };
}

function isSelected({ enabledInstrumentations: enabled, disabledInstrumentations: disabled }: Selection, name: string) {
  if (disabled.includes(name)) return false;
  return enabled === undefined ? !ON_DEMAND.includes(name) : enabled.includes(name);
}

function reportUnknown(settings: Selection, known: readonly string[], log: Log): void {
  const report = (setting: string, names: readonly string[]): void => {
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length === 0) return;
    const choice = [...new Set(known)].toSorted().join(', ');
    log('warn', `${setting} is ${JSON.stringify(unknown.join(','))}; use names of instrumentations: ${choice}`);
  };
  report('OTEL_NODE_ENABLED_INSTRUMENTATIONS', settings.enabledInstrumentations ?? []);
  report('OTEL_NODE_DISABLED_INSTRUMENTATIONS', settings.disabledInstrumentations);
}
