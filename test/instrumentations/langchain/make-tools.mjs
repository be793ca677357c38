// SPDX-License-Identifier: Apache-2.0

/** Tools of every kind. `log` gets what reaches their own code. */
export function makeTools({ tools, zod }, log = () => {}) {
  const { tool, StructuredTool, Tool } = tools;
  const { z } = zod;
  const schema = z.object({ city: z.string() });

  class Private extends StructuredTool {
    #secret = 'kept';
    name = 'private';
    description = 'has private members';
    schema = schema;
    async _call({ city }) {
      log('private', city);
      return `${city} ${this.#secret}`;
    }
  }
  class Derived extends Private {
    name = 'derived';
    async _call(args, ...rest) {
      return `more than ${await super._call(args, ...rest)}`;
    }
  }
  class OwnMember extends StructuredTool {
    #secret = 'own';
    name = 'own';
    description = 'has its code as a member';
    schema = schema;
    _call = async ({ city }) => {
      log('own', city);
      return `${city} ${this.#secret}`;
    };
    toJSON() {
      return { ...super.toJSON(), secret: this.#secret };
    }
  }
  class Steps extends StructuredTool {
    name = 'steps';
    description = 'tells how far it is';
    schema = schema;
    async *_call({ city }) {
      yield { at: 1 };
      yield { at: 2 };
      log('steps', city);
      return `done with ${city}`;
    }
  }
  class Text extends Tool {
    name = 'text';
    description = 'takes text';
    async _call(text) {
      log('text', text);
      return `text ${text}`;
    }
  }
  const make = (name, fn, more) => tool(fn, { name, description: name, schema, ...more });
  return {
    weather: make('weather', ({ city }) => (log('weather', city), `sunny in ${city}`)),
    broken: make('broken', async ({ city }) => {
      // Later than the tool beside it: which of two comes first, nothing else says.
      await new Promise((resolve) => setImmediate(resolve));
      throw new RangeError(`no ${city}`);
    }),
    artifact: make('artifact', ({ city }) => [`about ${city}`, { raw: city }], {
      responseFormat: 'content_and_artifact',
    }),
    object: make('object', ({ city }) => ({ city })),
    yielding: make('yielding', async function* ({ city }) {
      yield `look at ${city}`;
      return `seen ${city}`;
    }),
    plain: tool((text) => `plain ${text}`, { name: 'plain', description: 'takes text' }),
    private: new Private(),
    derived: new Derived(),
    own: new OwnMember(),
    steps: new Steps(),
    text: new Text(),
    frozen: Object.freeze(make('frozen', ({ city }) => `cold ${city}`)),
    frozenOwn: Object.freeze(new OwnMember()),
  };
}
