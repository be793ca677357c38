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
      this.#line(all.charCodeAt(end - 1) === 13 ? all.slice(start, Math.max(start, end - 1)) : all.slice(start, end));
      start = end + 1;
    }
    this.#rest = start === 0 ? all : all.slice(start);
  }

  /** The bytes have ended: an event that no blank line closed counts. */
  close(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
    this.#line('');
  }

  #line(line: string): void {
    if (line === '') {
      const data = this.#data;
      this.#data = undefined;
      if (data !== undefined) this.#onData(data);
    } else if (line.startsWith('data:')) {
      const value = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
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
