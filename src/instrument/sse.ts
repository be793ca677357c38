// SPDX-License-Identifier: Apache-2.0

/** Reads server-sent events out of bytes as they come, whatever the cuts. Calls back with the `data` of each event, and its name where names are wanted. */
export class SseDecoder {
  readonly #text = new TextDecoder();
  readonly #onData: (data: string, name: string | undefined) => void;
  readonly #wantsNames: boolean;
  #rest = '';
  #name: string | undefined;
  #data: string | undefined;

  constructor(onData: (data: string, name: string | undefined) => void, wantsNames: boolean = false) {
    this.#onData = onData;
    this.#wantsNames = wantsNames;
  }

  push(bytes: Uint8Array | string): void {
    const text = typeof bytes === 'string' ? bytes : this.#text.decode(bytes, { stream: true });
    const all = this.#rest === '' ? text : this.#rest + text;
    let start = 0;
    for (;;) {
      const end = all.indexOf('\n', start);
      if (end === -1) break;
      this.#line(all, start, end > start && all.charCodeAt(end - 1) === 13 ? end - 1 : end);
      start = end + 1;
    }
    this.#rest = start === 0 ? all : all.slice(start);
  }

  /** The bytes have ended: an event that no blank line closed counts. */
  close(): void {
    if (this.#rest !== '') this.#line(this.#rest, 0, this.#rest.length);
    this.#rest = '';
    this.#line('', 0, 0);
  }

  // Where the line lies in the text: to cut it out first and the data out of it would make two strings of each.
  #line(all: string, start: number, end: number): void {
    if (start === end) {
      const data = this.#data;
      const name = this.#name;
      this.#data = undefined;
      this.#name = undefined;
      if (data !== undefined) this.#onData(data, name);
    } else if (this.#wantsNames && all.startsWith('event:', start)) {
      this.#name = all.slice(start + 6, end).trim();
    } else if (all.startsWith('data:', start)) {
      const value = all.slice(all.charCodeAt(start + 5) === 32 ? start + 6 : start + 5, end);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    }
  }
}

/** One event in server-sent form; typed events name their type, as providers do. */
export function encodeSse(chunk: unknown): string {
  const type = (chunk as { type?: unknown } | null)?.type;
  const event = typeof type === 'string' ? `event: ${type}\n` : '';
  return `${event}data: ${JSON.stringify(chunk)}\n\n`;
}

/** An event whose data is no JSON. */
export class UnreadableEvent extends SyntaxError {
  override readonly name: string = 'SyntaxError';
  /** The event as it came. */
  readonly text: string;

  constructor(data: string, name: string | undefined, cause: unknown) {
    super('the provider sent an event that is no JSON', { cause });
    this.text = `${name === undefined ? '' : `event: ${name}\n`}data: ${data}\n\n`;
  }
}
