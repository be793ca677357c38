// SPDX-License-Identifier: Apache-2.0

/** The dated name under which the provider answers for an alias. */
export function servedModel(requested: unknown): string {
  const model = String(requested);
  return /\d{4}-\d{2}-\d{2}$/.test(model) ? model : `${model}-2026-06-01`;
}
