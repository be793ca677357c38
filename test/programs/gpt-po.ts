// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './program.ts';

const untranslated = `msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: de\\n"

msgid "Good morning"
msgstr ""

msgid "Goodbye"
msgstr ""
`;
const answer = `<translated index="1">Guten Morgen</translated>
<translated index="2">Auf Wiedersehen</translated>`;
const usage = { input: 310, output: 24 };

/** Translates gettext files: ES modules, one buffered chat completion through openai 4, which sends by node-fetch. */
export const gptPo: Program = {
  name: 'gpt-po',
  openai: '4.104.0',
  bin: 'gpt-po/lib/src/index.js',
  prepare(folder, origin) {
    writeFileSync(join(folder, 'de.po'), untranslated);
    return {
      args: ['translate', '--po', 'de.po', '--lang', 'de', '--model', 'gpt-4o-mini', '--verbose'],
      env: { OPENAI_API_KEY: 'sk-test', OPENAI_API_HOST: origin },
    };
  },
  reply: () => ({ text: answer, usage }),
  usage: [usage],
  answer,
  writes: 'de.po',
  exitCodeWithoutModel: 0,
};
