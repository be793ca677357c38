// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

const depths = new Map();

// Each event on a line, indented by its parents.
flow.addSubscriber('print', ({ uuid, parent_uuid, scope_category, category, name }) => {
  const depth = (depths.get(parent_uuid) ?? -1) + 1;
  if (scope_category !== undefined) depths.set(uuid, depth);
  console.log('  '.repeat(depth) + [scope_category ?? 'mark', category, name].filter(Boolean).join(' '));
});
