// SPDX-License-Identifier: Apache-2.0
import type { Json } from './event.ts';
import { copyOf, snapshot } from './snapshot.ts';

/** A payload as it was when its event was made, not yet as text: it becomes that when somebody reads it, once for all who do. */
export class Payload {
  #copy: unknown;
  #isText = false;
  #text: string | undefined;
  /** About how many characters it has as text, as long as the event lives. */
  readonly size: number;

  /** Of a copy that belongs to the event: nobody changes it any more. */
  constructor(copy: unknown, size: number) {
    this.#copy = copy;
    this.size = size;
  }

  /** As JSON text; undefined for null. */
  get text(): string | undefined {
    if (!this.#isText) {
      this.#text = snapshot(this.#copy);
      this.#isText = true;
      this.#copy = undefined;
    }
    return this.#text;
  }

  /** The value for one reader, who may change it. */
  read(): Json {
    return this.#isText ? (JSON.parse(this.#text ?? 'null') as Json) : copyOf(this.#copy);
  }
}
