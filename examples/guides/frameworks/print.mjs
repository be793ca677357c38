// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

const depth = new Map();
flow.addSubscriber(
  'tree',
  ({ uuid, parent_uuid: parent, category, scope_category: phase, name, category_profile: profile }) => {
    // Guardrails that allow have a scope only when they are slow.
    if (phase !== 'start' || category === 'guardrail') return;
    depth.set(uuid, (depth.get(parent) ?? -1) + 1);
    console.log(`${'  '.repeat(depth.get(uuid))}${category} ${profile?.model_name ?? name}`);
  },
);
