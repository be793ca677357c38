// SPDX-License-Identifier: Apache-2.0

/** Reads server-sent events out of bytes as they come, whatever the cuts. Calls back with the `data` of each event; comments and ids are skipped. */
export class SseDecoder {
  readonly #text = new TextDecoder();
  readonly #onData: (data: string) => void;
  #rest = '';
  #data: string | undefined;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
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
      this.#data = undefined;
      if (data !== undefined) this.#onData(data);
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
  /** The event's data as it came. */
  readonly data: string;

  constructor(data: string, cause: unknown) {
    super('the provider sent an event that is no JSON', { cause });
    this.data = data;
  }
}
