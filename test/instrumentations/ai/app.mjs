// SPDX-License-Identifier: Apache-2.0
// Every operation, once for each format that is asked for, after a plus with the policy of that name: a line of JSON for each.
import { loadPackages } from './load.mjs';
import { operations, outcomeOf } from './operations.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
process.on('unhandledRejection', (error) => console.log(JSON.stringify(['unhandled', String(error)])));
const [major, base, ...formats] = process.argv.slice(2);
for (const each of formats) {
  const [format, policy] = each.split('+');
  if (policy) await import(`./${policy}.mjs`);
  for await (const [name, operation] of operations(await loadPackages(format), major, `${base}/${format}`))
    console.log(JSON.stringify([name, await outcomeOf(operation)]).replaceAll(`/${format}/`, '/'));
}
