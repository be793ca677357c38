// SPDX-License-Identifier: Apache-2.0
import * as conventions from '@arizeai/openinference-semantic-conventions';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

const { SemanticConventions, ...others } = conventions;

/** Every attribute name that the published package has. */
export const PUBLISHED: ReadonlySet<string> = new Set(
  [...Object.values(others), ...Object.values(SemanticConventions)].filter((name) => typeof name === 'string'),
);

/** Whether an attribute is published: under its name, or flattened, as a member of a list or an object that is. */
export function isPublished(name: string): boolean {
  if (PUBLISHED.has(name)) return true;
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1))
    if (PUBLISHED.has(name.slice(0, dot)) && isPublished(name.slice(dot + 1).replace(/^\d+\./, ''))) return true;
  return false;
}

/** The attributes of the span that are of this dialect, in their order. */
export function openInferenceOf(span: ReadableSpan): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(span.attributes).filter(([name]) => !/^(gen_ai|atof|server|error|exception)\./.test(name)),
  );
}
