// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */

/** A model tells its tokens to the callbacks of its run itself: where intercepts wrap the stream, those are to be told what they have left of it. */
export class Tokens {
  /** For the model. */
  readonly manager: any;
  readonly #real: any;
  readonly #given = new WeakMap<object, any>();
  readonly #early = new WeakSet();
  #latest: any;

  constructor(manager: any) {
    this.#real = manager;
    const told = async (...[, , , , , fields]: any[]): Promise<void> => {
      const source: any = fields?.chunk ?? this.#latest;
      const chunk = this.#given.get(source);
      if (chunk !== undefined) await this.#tell(chunk);
      else if (source !== undefined) this.#early.add(source);
    };
    this.manager = Object.create(manager, { handleLLMNewToken: { value: told } });
  }

  came(source: any): void {
    this.#latest = source;
  }

  /** Models tell of a chunk before they yield it, or after. One without a source is an intercept's own. */
  async gave(chunk: any, source: any): Promise<void> {
    if (source === undefined ? chunk.text !== '' : this.#early.has(source)) await this.#tell(chunk);
    else if (source !== undefined) this.#given.set(source, chunk);
  }

  #tell(chunk: any): Promise<void> {
    return this.#real.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
  }
}
