// SPDX-License-Identifier: Apache-2.0

// Other processes sum up otherwise: nobody can prepare texts that meet.
const START_A = (Math.random() * 2 ** 32) | 0;
const START_B = (Math.random() * 2 ** 32) | 0;

const PIECE = 4096;
const WORDS = new Int32Array(PIECE / 2);
const BYTES = Buffer.from(WORDS.buffer);
/** Characters of short texts that are put together first: to read a text out costs as much as some hundred of its characters. */
const TOGETHER = 512;

/** Puts the text into the words, two characters in one: to ask a string for each costs ten times as much. Returns how many they are. */
function fill(text: string): number {
  const words = (text.length + 1) >> 1;
  WORDS[words - 1] = 0;
  BYTES.write(text, 'utf16le');
  return words;
}

/** A sum of 64 bits over a list of texts, for keys within one process. Each text counts with its length, so the list matters and not only what it joins to. */
export class TextSum {
  #a: number = START_A;
  #b: number = START_B;
  #waiting = '';

  add(text: string): void {
    this.addLength(text.length);
    if (text.length + this.#waiting.length <= TOGETHER) this.#waiting += text;
    else {
      this.#addText(this.#waiting);
      this.#waiting = '';
      this.#addText(text);
    }
  }

  #addText(text: string): void {
    for (let from = 0; from < text.length; from += PIECE)
      this.#addWords(fill(text.length <= PIECE ? text : text.slice(from, from + PIECE)));
  }

  #addWords(count: number): void {
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < count; i++) {
      const word = WORDS[i] as number;
      // High bits never reach low ones by multiplication, so they change places.
      a = Math.imul(a ^ word, 0x9e3779b1);
      a = (a << 13) | (a >>> 19);
      b = Math.imul(b ^ word, 0x5f356495);
      b = (b << 15) | (b >>> 17);
    }
    this.#a = a;
    this.#b = b;
  }

  addLength(length: number): void {
    this.#a = Math.imul(this.#a ^ length, 0x85ebca6b);
    this.#b = Math.imul(this.#b ^ length, 0xc2b2ae35);
    this.#a ^= this.#b >>> 15;
    this.#b ^= this.#a >>> 13;
  }

  /** The sum as a short text. */
  end(): string {
    this.#addText(this.#waiting);
    this.#waiting = '';
    const a = Math.imul(this.#a ^ (this.#a >>> 16), 0x85ebca6b) ^ Math.imul(this.#b ^ (this.#b >>> 13), 0xc2b2ae35);
    const b = Math.imul(this.#b ^ (this.#b >>> 16), 0x85ebca6b) ^ Math.imul(this.#a ^ (this.#a >>> 13), 0xc2b2ae35);
    return String.fromCharCode(a >>> 16, a & 0xffff, b >>> 16, b & 0xffff);
  }
}
