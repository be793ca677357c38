// SPDX-License-Identifier: Apache-2.0
import { fstatSync } from 'node:fs';

/**
 * Whether somebody reads standard error. Node makes the stream of it, with all that a socket needs, when it is first looked at; what is a file or a
 * pipe is no terminal, and the file system knows that, too.
 */
export function errorsGoToTerminal(): boolean {
  try {
    // Windows has terminals that the file system does not know as such.
    if (process.platform !== 'win32' && !fstatSync(2).isCharacterDevice()) return false;
  } catch {
    // Closed, or forbidden to look at: the stream knows.
  }
  return process.stderr.isTTY === true;
}
