// SPDX-License-Identifier: Apache-2.0

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { RecordedRequest } from '../support/model-server/recorded-request.ts';

/** What the server answers to a scenario. `turn` counts its requests from 0; `until` waits for a gate it releases. */
export type ScenarioReply = (
  request: RecordedRequest,
  turn: number,
  link: { readonly until: (gate: string) => Promise<void> },
) => object | Promise<object>;

/** How the process of a scenario should end: with a code or a signal, and having printed these lines. */
export interface ExpectedEnd {
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  readonly lines?: readonly string[];
  readonly stderr?: RegExp;
}

/** One scenario, with the properties that its function carries. */
export interface Scenario {
  readonly name: string;
  /** The name as the sentence it is: `breakingOutAborts` reads "breaking out aborts". */
  readonly sentence: string;
  readonly reply: ScenarioReply | undefined;
  readonly ends: ExpectedEnd | undefined;
  /** Its requests run at once, so the order of their arrival means nothing. */
  readonly unordered: boolean;
  /** It looks at what only the provider's own Response has: its exact bytes, its body before all of it is there, its clone. */
  readonly ownResponse: boolean;
  /** The version of the SDK in which what it is about came, where that is not the oldest. */
  readonly since: string | undefined;
  /** How many rejections it leaves unhandled on purpose. */
  readonly unhandled: number;
}

/** One file of scenarios. */
export interface ScenarioFile {
  readonly file: string;
  /** Its path beside the programs that run it, without the extension. */
  readonly target: string;
  readonly scenarios: readonly Scenario[];
  /** True when every scenario needs a process of its own, because how that ends is what is observed. */
  readonly isolated: boolean;
}

/** Reads the scenario files of a folder beside this file. */
export async function scenarioFiles(folder: string): Promise<readonly ScenarioFile[]> {
  const names = readdirSync(join(import.meta.dirname, folder)).filter((name) => name.endsWith('.mjs'));
  return Promise.all(names.toSorted().map((name) => readScenarios(name.slice(0, -'.mjs'.length), folder)));
}

async function readScenarios(file: string, folder: string): Promise<ScenarioFile> {
  const path = join(import.meta.dirname, folder, `${file}.mjs`);
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  return {
    file,
    target: `${folder}/${file}`,
    scenarios: Object.entries(module)
      .filter((entry): entry is [string, Partial<Scenario>] => typeof entry[1] === 'function')
      .map(([name, { reply, ends, since, unordered = false, ownResponse = false, unhandled = 0 }]) => {
        return { name, sentence: sentenceOf(name), reply, ends, since, unordered, ownResponse, unhandled };
      }),
    isolated: module.isolated === true,
  };
}

function sentenceOf(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])/g, (letter) => ` ${letter.toLowerCase()}`);
}
