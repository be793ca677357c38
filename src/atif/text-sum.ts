// SPDX-License-Identifier: Apache-2.0

// Other processes sum up otherwise: nobody can prepare texts that meet.
const START_A = (Math.random() * 2 ** 32) | 0;
const START_B = (Math.random() * 2 ** 32) | 0;

/** A sum of 64 bits over a list of texts, for keys within one process. Each text counts with its length, so the list matters and not only what it joins to. */
export class TextSum {
  #a: number = START_A;
  #b: number = START_B;

  add(text: string): void {
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x9e3779b1);
      b = Math.imul(b ^ code, 0x5f356495);
    }
    this.#a = a;
    this.#b = b;
    this.addLength(text.length);
  }

  addLength(length: number): void {
    this.#a = Math.imul(this.#a ^ length, 0x85ebca6b);
    this.#b = Math.imul(this.#b ^ length, 0xc2b2ae35);
    // High bits never reach low ones by multiplication.
    this.#a ^= this.#b >>> 15;
    this.#b ^= this.#a >>> 13;
  }

  /** The sum as a short text. */
  end(): string {
    const a = Math.imul(this.#a ^ (this.#a >>> 16), 0x85ebca6b) ^ Math.imul(this.#b ^ (this.#b >>> 13), 0xc2b2ae35);
    const b = Math.imul(this.#b ^ (this.#b >>> 16), 0x85ebca6b) ^ Math.imul(this.#a ^ (this.#a >>> 13), 0xc2b2ae35);
    return String.fromCharCode(a >>> 16, a & 0xffff, b >>> 16, b & 0xffff);
  }
}
