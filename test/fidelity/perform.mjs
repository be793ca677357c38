// SPDX-License-Identifier: Apache-2.0

import { openLink } from './link.mjs';
import { describe } from './observe.mjs';

/** A scenario that takes longer hangs; nothing in the suite waits for time to pass. */
const patience = 8_000;

/**
 * Runs the scenarios of each file one after the other with each copy of the package and prints one line of JSON for each.
 * A single scenario, named `file#name`, is left alone with its process: no listeners, no summary, only what it prints.
 * `file!name!other` leaves scenarios out, for a major that has not what they are about. `sdk` makes of a copy and the URL
 * of the scenario's server what the scenario is given.
 */
export async function perform(copies, [origin, run, ...targets], sdk) {
  let hangs = false;
  for (const target of targets) {
    const [whole, only] = target.split('#');
    const [path, ...absent] = whole.split('!');
    const file = path.split('/').at(-1);
    const scenarios = await import(new URL(`./${path}.mjs`, import.meta.url));
    for (const [name, scenario] of Object.entries(scenarios)) {
      if (typeof scenario !== 'function' || (only !== undefined && only !== name) || absent.includes(name)) continue;
      for (const [copy, modules] of Object.entries(copies)) {
        const key = `/${run}/${copy}/${file}/${name}`;
        const env = { ...(await sdk(modules, origin + key)), load: modules.load, print, ...openLink(key) };
        if (only) {
          await scenario(env);
          continue;
        }
        const observation = await observe(scenario, env);
        hangs ||= observation.hangs === true;
        print({ scenario: `${copy}/${file}/${name}`, observation });
      }
    }
  }
  // What a scenario that hangs has left open would keep the process, and its report, waiting.
  if (hangs) process.exit();
}

async function observe(scenario, env) {
  const unhandledRejections = [];
  const warnings = [];
  const onRejection = (reason) => unhandledRejections.push(describe(reason));
  const onWarning = (warning) => warnings.push(`${warning.name}: ${warning.message}`);
  process.on('unhandledRejection', onRejection);
  process.on('warning', onWarning);
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, patience, { hangs: true });
  });
  const outcome = await Promise.race([
    late,
    scenario(env).then(
      (value) => ({ returned: describe(value) }),
      (error) => ({ threw: describe(error), at: String(error?.stack) }),
    ),
  ]);
  clearTimeout(timer);
  // Two turns of the event loop: rejections of the scenario that nobody handles are reported after the first.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onRejection);
  process.off('warning', onWarning);
  return { ...outcome, unhandledRejections, warnings };
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
