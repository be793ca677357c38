// SPDX-License-Identifier: Apache-2.0
// Every source file says under which licence it is: the first line, or the one after a shebang.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const line = '// SPDX-License-Identifier: Apache-2.0';
const source = /\.(?:[cm]?[jt]s|[jt]sx)$/;

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
const without = files
  .split('\0')
  .filter((file) => source.test(file) && existsSync(join(root, file)))
  .filter((file) => {
    const [first, second] = readFileSync(join(root, file), 'utf8').split(/\r?\n/, 2);
    return (first?.startsWith('#!') ? second : first) !== line;
  });

for (const file of without) console.error(`${file}: the line "${line}" is missing at the top`);
if (without.length > 0) process.exitCode = 1;
