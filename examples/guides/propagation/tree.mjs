// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

const events = readFileSync('events.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const starts = events.filter((event) => event.scope_category === 'start');
const print = (parent, indent) => {
  const children = starts.filter((event) => event.parent_uuid === parent);
  for (const { uuid, category, name } of children.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    console.log(indent + category, name);
    print(uuid, `${indent}  `);
  }
};
const roots = new Set(events.map((event) => event.metadata.root_uuid));
console.log(roots.size, roots.size === 1 ? 'root' : 'roots');
for (const root of roots) print(root, '');
