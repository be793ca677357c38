// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import fc from 'fast-check';
import { type Json, type JsonObject, type ScopeHandle, type ScopeType, flow } from '../../src/api/index.ts';
import { SCOPE_TYPES } from '../../src/atof/event.ts';

/** What an application might do with scopes, calls and marks. */
export type Step =
  | { readonly do: 'mark'; readonly name: string; readonly data: Json; readonly metadata: JsonObject }
  | {
      readonly do: 'scope' | 'tool' | 'llm' | 'stream' | 'start';
      readonly name: string;
      readonly type: ScopeType;
      readonly attributes: readonly string[];
      readonly metadata: JsonObject;
      readonly input: Json;
      readonly output: Json;
      /** Ends with an error. */
      readonly fails: boolean;
      /** Lets everything else that runs at the same time go on, before its own steps. */
      readonly waits: boolean;
      readonly steps: readonly Step[];
    };

/** One after the other, or all at once. */
export interface Program {
  readonly concurrent: boolean;
  readonly steps: readonly Step[];
}

const json = fc.oneof(
  { weight: 6, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) as fc.Arbitrary<Json> },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Json>('lone \ud800', '\u0000\u2028"\\', { ['__proto__']: 1 }, 'x'.repeat(300)),
  },
);
const name = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary', maxLength: 12 }),
  fc.constantFrom('find', 'plan', 'lone \udc00'),
);
const metadata = fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), json, {
  maxKeys: 2,
}) as fc.Arbitrary<JsonObject>;
const attributes = fc.uniqueArray(fc.constantFrom('parallel', 'remote', 'stateful', 'x.own'));

const { steps } = fc.letrec<{ steps: readonly Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 4, depthIdentifier: 'program' }),
  step: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'program' },
    fc.record({ do: fc.constant('mark' as const), name, data: json, metadata }),
    fc.record({
      do: fc.constantFrom('scope' as const, 'tool' as const, 'llm' as const, 'stream' as const, 'start' as const),
      name,
      type: fc.constantFrom(...SCOPE_TYPES),
      attributes,
      metadata,
      input: json,
      output: json,
      fails: fc.boolean(),
      waits: fc.boolean(),
      steps: tie('steps'),
    }),
  ),
}));

/** Programs that use everything that emits events. */
export const programs: fc.Arbitrary<Program> = fc.record({ concurrent: fc.boolean(), steps });

/** Runs it to its end, whatever fails in it. */
export async function perform({ concurrent, steps }: Program): Promise<void> {
  if (concurrent) await Promise.all(steps.map(performStep));
  else for (const step of steps) await performStep(step);
}

async function performStep(step: Step): Promise<void> {
  if (step.do === 'mark') {
    flow.scope.mark(step.name, { data: step.data, metadata: step.metadata });
    return;
  }
  const body = async (): Promise<Json> => {
    if (step.waits) await macrotask();
    for (const each of step.steps) await performStep(each);
    if (step.fails) throw new RangeError(`${step.name} failed`);
    return step.output;
  };
  const { name, type, attributes, metadata, input, output, fails } = step;
  const options = { name, attributes, metadata };
  // `custom` takes its subtype from nobody, so that it has its default.
  const scope = { type, attributes, metadata, input, data: output };
  const request = { headers: { 'x-n': '1' }, content: { model: name, messages: [{ role: 'user', content: input }] } };
  const ways: Record<typeof step.do, () => unknown> = {
    scope: () => flow.scope.run(name, scope, body),
    start: () => useStarted(flow.scope.start(name, scope), body, output, fails),
    tool: () => flow.tool.execute({ ...options, args: input }, body),
    llm: () => flow.llm.execute({ ...options, request }, body),
    stream: async () => {
      for await (const chunk of await flow.llm.stream({ ...options, request, finalizer: () => output }, () =>
        chunks(body),
      ))
        void chunk;
    },
  };
  try {
    await ways[step.do]();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

async function useStarted(scope: ScopeHandle, body: () => Promise<Json>, output: Json, fails: boolean): Promise<void> {
  try {
    await scope.run(body);
  } finally {
    scope.end({ output, ...(fails && { error: new RangeError('failed') }) });
    scope.mark('after its end');
  }
}

async function* chunks(body: () => Promise<Json>): AsyncGenerator<Json> {
  yield 1;
  yield await body();
}
