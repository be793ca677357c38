// SPDX-License-Identifier: Apache-2.0
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { tapResponse } from '../../src/instrument/response-tap.ts';

const ANSWER = { id: 'answer' };
const JSON_HEADERS = { headers: { 'content-type': 'application/json' } };
const fresh = (): Response => new Response(JSON.stringify(ANSWER), JSON_HEADERS);
const mock = (): object => ({ ok: true, json: async () => ANSWER, text: async () => JSON.stringify(ANSWER) });

interface Methods {
  json(): Promise<unknown>;
  text(): Promise<string>;
  clone(): Response;
}
// The types have them as properties.
const Base = Response as unknown as new (body: string, init: object) => Methods;
class Special extends Base {
  override async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
  override clone(): Response {
    return Object.setPrototypeOf(super.clone(), Object.getPrototypeOf(this) as object) as Response;
  }
}
class Private {
  readonly #answer: object = ANSWER;
  get ok(): boolean {
    return this.#answer === ANSWER;
  }
  async json(): Promise<object> {
    return this.#answer;
  }
  async text(): Promise<string> {
    return JSON.stringify(this.#answer);
  }
}
const binding = (response: Response): Response =>
  new Proxy(response, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

const KINDS: Readonly<Record<string, () => unknown>> = {
  'of fetch': fresh,
  'of a class that extends it, whose members use each other': () => new Special(JSON.stringify(ANSWER), JSON_HEADERS),
  'behind a proxy': () => binding(fresh()),
  'that is frozen': () => Object.freeze(fresh()),
  'that is sealed': () => Object.seal(fresh()),
  'with a member of its own that cannot be redefined': () =>
    Object.defineProperty(fresh(), 'json', { value: async () => ANSWER }),
  'that is an object literal': mock,
  'that is a frozen literal': () => Object.freeze(mock()),
  'of no prototype': () => Object.assign(Object.create(null) as object, mock()),
  'of a class with private members': () => new Private(),
};

function watch(response: unknown, told: unknown[]): Response {
  return tapResponse(response as Response, () => ({
    push: (bytes) => void told.push(bytes),
    parsed: (json) => void told.push(json),
    end: () => void told.push('end'),
    fail: (error) => void told.push(error),
    cancel: (how) => void told.push(how),
  }));
}

describe.each(Object.entries(KINDS))('a response %s', (_, make) => {
  it('answers as it does unwatched, and its reading is told once', async () => {
    const told: unknown[] = [];
    const given = watch(make(), told);
    expect(await given.json()).toEqual(ANSWER);
    expect(told).toEqual([ANSWER, 'end']);
    expect(given.ok).toBe((make() as Response).ok);
  });

  it('shows itself as it is', () => {
    expect(inspect(watch(make(), []), { depth: 0 })).toBe(inspect(make(), { depth: 0 }));
  });
});

describe('an object that an application answers many calls with at once', () => {
  it.each([
    ['a literal', mock],
    ['of a class', () => new Private()],
    ['that is frozen', () => Object.freeze(mock())],
  ])('tells each call its own reading: %s', async (_, make) => {
    const response = make() as { json: () => Promise<unknown> };
    const told = [[], [], []] as unknown[][];
    const given = told.map((each) => watch(response, each));
    await Promise.all(given.map((each) => each.json()));
    expect(told).toEqual(told.map(() => [ANSWER, 'end']));
    expect(await response.json()).toEqual(ANSWER);
  });
});

describe('what has been made of a watched response', () => {
  it('a clone that its class gives the same prototype is watched as well', async () => {
    const told: unknown[] = [];
    const given = watch(new Special(JSON.stringify(ANSWER), JSON_HEADERS), told);
    const copy = given.clone();
    expect(await copy.json()).toEqual(ANSWER);
    expect(await given.json()).toEqual(ANSWER);
    expect(told).toEqual([ANSWER, 'end', ANSWER, 'end']);
  });

  it('an object that was given its prototype has the members of before', async () => {
    const given = watch(new Private(), []);
    const other = Object.setPrototypeOf(new Private(), Object.getPrototypeOf(given) as object) as Private;
    expect(await other.json()).toEqual(ANSWER);
  });

  it('a body of no web stream, whose reader iterates over it, is told once', async () => {
    class Iterated {
      readonly body = {
        async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
          yield new TextEncoder().encode(JSON.stringify(ANSWER));
        },
      };
      async text(): Promise<string> {
        let text = '';
        for await (const chunk of this.body) text += new TextDecoder().decode(chunk);
        return text;
      }
    }
    const told: unknown[] = [];
    expect(await watch(new Iterated(), told).text()).toBe(JSON.stringify(ANSWER));
    expect(told).toEqual([JSON.stringify(ANSWER), 'end']);
  });
});
