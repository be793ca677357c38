// SPDX-License-Identifier: Apache-2.0
import { styleText } from 'node:util';

/** Styled on a terminal, plain where the output goes elsewhere or NO_COLOR is set. */
export const bold = (text: string): string => styleText('bold', text);
export const dim = (text: string): string => styleText('dim', text);
export const red = (text: string): string => styleText('red', text);

/** Narrower terminals wrap: less than this would leave nothing to read. */
const WIDTH: number = Math.max(110, process.stdout.columns ?? 130);

/** One line that fits beside `used` columns. */
export function clip(text: string, used: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const room = WIDTH - used;
  return line.length <= room ? line : `${line.slice(0, room - 1)}…`;
}
