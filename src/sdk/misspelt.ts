// SPDX-License-Identifier: Apache-2.0

/** Names that the specification or its first drafts had, and what they are called today. */
const FORMER: Readonly<Record<string, string>> = {
  OTEL_EXPERIMENTAL_CONFIG_FILE: 'OTEL_CONFIG_FILE',
  OTEL_EXPORTER_OTLP_SPAN_INSECURE: 'OTEL_EXPORTER_OTLP_TRACES_INSECURE',
  OTEL_EXPORTER_OTLP_METRIC_INSECURE: 'OTEL_EXPORTER_OTLP_METRICS_INSECURE',
};
/** Read by others than the start, such as instrumentations. */
const OTHERS: readonly string[] = ['OTEL_SEMCONV_STABILITY_OPT_IN', 'OTEL_NODE_EXPERIMENTAL_SDK_METRICS'];
const TYPING_ERRORS = 2;

/**
 * Of names that nobody reads those that are nearly one that is read, with that one: two letters off, or the same words in another
 * order. Other names that start alike belong to somebody else.
 */
export function findMisspelt(
  names: readonly string[],
  settings: readonly string[],
): readonly (readonly [name: string, meant: string])[] {
  const known = [...settings, ...OTHERS];
  return names
    .filter((name) => /^(OTEL|FLOW)_/.test(name) && !known.includes(name))
    .flatMap((name) => {
      const meant = FORMER[name] ?? nearest(name, known);
      return meant === undefined ? [] : [[name, meant] as const];
    });
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const reordered = known.find((other) => sorted(other) === sorted(name));
  if (reordered !== undefined) return reordered;
  const close = known
    .filter((other) => Math.abs(other.length - name.length) <= TYPING_ERRORS)
    .map((other) => [distance(name, other), other] as const)
    .filter(([errors]) => errors <= TYPING_ERRORS);
  return close.toSorted(([a], [b]) => a - b)[0]?.[1];
}

const sorted = (name: string): string => name.split('_').toSorted().join('_');

/** How many letters must be put in, left out or replaced to make one of the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
