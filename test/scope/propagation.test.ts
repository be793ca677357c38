// SPDX-License-Identifier: Apache-2.0
import { context, propagation, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { parseBaggage, parseTraceparent, printBaggage, printTraceparent } from '../../src/scope/w3c.ts';
import { recordEvents } from '../support/setups/record-events.ts';

const invalid = expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' });
const ROOT = '01890000-0000-7000-8000-000000000001';
const PARENT = '01890000-0000-7000-8000-000000000002';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('headers that the current scope was written into', () => {
  test('name the root of its stack and the scope itself, and its span where there is one', () => {
    flow.scope.run('outer', () =>
      flow.scope.run('inner', (scope) => {
        const headers: Record<string, string> = flow.scope.inject({});
        expect(headers['baggage']).toContain(`flow.root_uuid=${scope.rootUuid}`);
        expect(headers['baggage']).toContain(`flow.parent_uuid=${scope.uuid}`);
        const span = trace.getSpanContext(context.active());
        expect(headers['traceparent']).toBe(printTraceparent(span));
      }),
    );
  });

  test('are the very object that was given, whether a plain one or Headers', () => {
    flow.scope.run('scope', () => {
      const plain = { accept: '*/*' };
      expect(flow.scope.inject(plain)).toBe(plain);
      expect(plain.accept).toBe('*/*');
      const headers = new Headers();
      expect(flow.scope.inject(headers)).toBe(headers);
      expect(headers.get('baggage')).toContain('flow.root_uuid=');
    });
  });

  test('name a pushed scope, which is the current one', () => {
    flow.scope.run('outer', () => {
      const pushed = flow.scope.push('pushed');
      expect(flow.scope.inject<Record<string, string>>({})['baggage']).toContain(pushed.uuid);
      flow.scope.pop(pushed);
    });
  });

  test('name the root where nothing is open', () => {
    flow.scope.isolate(() => {
      const { uuid } = flow.scope.current();
      expect(flow.scope.inject<Record<string, string>>({})['baggage']).toBe(
        `flow.root_uuid=${uuid},flow.parent_uuid=${uuid}`,
      );
    });
  });

  test("keep the application's own baggage", () => {
    const own = propagation.createBaggage({ tenant: { value: 'blue & red' } });
    context.with(propagation.setBaggage(context.active(), own), () => {
      // Without a context manager the application's own is not there either.
      const tenant = propagation.getBaggage(context.active())?.getEntry('tenant')?.value;
      const { baggage } = flow.scope.inject<Record<string, string>>({});
      expect(parseBaggage(baggage).getEntry('tenant')?.value).toBe(tenant);
    });
  });
});

test('the uuids come before the baggage of the application, of which propagators cut the end', () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, { value: 'x'.repeat(60) }]));
  const full = propagation.setBaggage(context.active(), propagation.createBaggage(many));
  context.with(full, () =>
    expect(flow.scope.inject<Record<string, string>>({})['baggage']).toMatch(/^flow\.root_uuid=/),
  );
});

describe('what runs where headers say', () => {
  const headers = {
    baggage: `flow.root_uuid=${ROOT},flow.parent_uuid=${PARENT}`,
    traceparent: `00-${TRACE}-${SPAN}-01`,
  };

  test('has the scope of the other process as its parent, in events and in spans', async () => {
    const recorded = recordEvents();
    flow.scope.extract(headers, () => {
      flow.scope.mark('mark');
      flow.scope.run('scope', (scope) => {
        expect(scope).toMatchObject({ parentUuid: PARENT, rootUuid: ROOT });
        flow.scope.run('below', (below) => expect(below).toMatchObject({ parentUuid: scope.uuid, rootUuid: ROOT }));
      });
      expect(flow.scope.current()).toMatchObject({ uuid: PARENT, rootUuid: ROOT, parentUuid: null });
    });
    const events = await recorded.all();
    expect(events[0]).toMatchObject({ name: 'mark', parent_uuid: PARENT, metadata: { root_uuid: ROOT } });
    const start = events.find(({ name }) => name === 'scope');
    expect(start).toMatchObject({ parent_uuid: PARENT, metadata: { root_uuid: ROOT } });
    // Without an SDK there is no span.
    expect([TRACE, undefined]).toContain(start?.metadata?.['trace_id']);
  });

  test('is left again, also by promises', async () => {
    const before = flow.scope.current().uuid;
    await flow.scope.extract(headers, async () => {
      await Promise.resolve();
      expect(flow.scope.current().uuid).toBe(PARENT);
    });
    expect(flow.scope.current().uuid).toBe(before);
  });

  test('passes on its own place, not that of the caller', () => {
    flow.scope.extract(headers, () => {
      expect(propagation.getBaggage(context.active())?.getEntry('flow.root_uuid')).toBeUndefined();
      flow.scope.run('scope', (scope) => {
        const { baggage } = flow.scope.inject<Record<string, string>>({});
        expect(parseBaggage(baggage).getEntry('flow.parent_uuid')?.value).toBe(scope.uuid);
      });
    });
  });

  test('keeps registrations on its root to itself, and sees those of the process', async () => {
    using registration = flow.tool.addRequestIntercept('process', () => ({ by: 'process' }));
    await flow.scope.extract(headers, async () => {
      expect(await flow.tool.execute({ name: 'tool', args: {} }, (args) => args)).toEqual({ by: 'process' });
      flow.scope.current().tool.addConditionalExecution('no', () => 'not here');
      await expect(flow.tool.execute({ name: 'tool', args: {} }, () => 1)).rejects.toThrow('not here');
    });
    expect(registration.name).toBe('process');
    expect(await flow.tool.execute({ name: 'tool', args: {} }, () => 1)).toBe(1);
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['a trace', { traceparent: headers.traceparent }],
    ['a stack', headers],
  ])('is under the policy of the scope in which it was called when the headers name %s', async (_, form) => {
    await flow.scope.run('guarded', async (guarded) => {
      guarded.tool.addConditionalExecution('no', () => 'not in here');
      await flow.scope.extract(form, async () =>
        expect(flow.tool.execute({ name: 'tool', args: {} }, () => 1)).rejects.toThrow('not in here'),
      );
    });
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['no uuid', { baggage: 'flow.root_uuid=me,flow.parent_uuid=you' }],
    ['the uuid of nobody', { baggage: 'flow.root_uuid=00000000-0000-0000-0000-000000000000' }],
    ['a parent alone', { baggage: `flow.parent_uuid=${PARENT}` }],
    ['no member', { baggage: 'flow.root_uuid, =value, ;' }],
    ['half an escape', { baggage: 'flow.root_uuid=%E0%A4' }],
    ['numbers', { baggage: 5, traceparent: 7 }],
    ['what cannot be read', new Proxy({}, { getOwnPropertyDescriptor: () => expect.unreachable('unreadable') })],
    ['what throws when asked', { get: () => expect.unreachable('unreadable') }],
    ['no trace', { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` }],
  ])('is where it was when the headers name %s', (_, wrong) => {
    flow.scope.run('here', (here) =>
      flow.scope.extract(wrong, () => expect(flow.scope.current().uuid).toBe(here.uuid)),
    );
  });

  test('hangs from the root itself when no scope is named, and in the trace when only that is', () => {
    flow.scope.extract({ baggage: `flow.root_uuid=${ROOT}` }, () =>
      flow.scope.run('scope', (scope) => expect(scope).toMatchObject({ parentUuid: ROOT, rootUuid: ROOT })),
    );
    flow.scope.run('elsewhere', (elsewhere) =>
      flow.scope.extract({ traceparent: headers.traceparent }, () =>
        flow.scope.run('scope', (scope) => {
          expect(scope.parentUuid).not.toBe(elsewhere.uuid);
          // Without a context manager nobody knows of the trace inside.
          const around = trace.getSpanContext(context.active())?.traceId ?? scope.rootUuid.replaceAll('-', '');
          expect(scope.rootUuid.replaceAll('-', '')).toBe(around);
        }),
      ),
    );
  });

  test('is in the trace with all that its vendors say of it', () => {
    flow.scope.extract({ ...headers, tracestate: 'vendor=1,other=2' }, () => {
      const around = trace.getSpanContext(context.active());
      // Without a context manager nobody knows of the trace inside.
      if (around === undefined) return;
      expect(around.traceState?.serialize()).toBe('vendor=1,other=2');
      expect(flow.scope.inject<Record<string, string>>({})['tracestate']).toBe('vendor=1,other=2');
    });
  });

  test('is found in header names of any case, lists and Headers', () => {
    for (const form of [{ Baggage: headers.baggage }, { baggage: [headers.baggage, 'a=b'] }, new Headers(headers)])
      flow.scope.extract(form, () => expect(flow.scope.current().uuid).toBe(PARENT));
  });

  test('stays below a server span of the same trace that is active already', () => {
    const server = trace.wrapSpanContext({ traceId: TRACE, spanId: 'a'.repeat(16), traceFlags: 1 });
    context.with(trace.setSpan(context.active(), server), () => {
      if (trace.getSpan(context.active()) !== server) return;
      flow.scope.extract(headers, () => expect(trace.getSpan(context.active())).toBe(server));
    });
  });
});

test.each<[string, () => unknown]>([
  ['inject without headers', () => flow.scope.inject(undefined as never)],
  ['inject into headers that are frozen', () => flow.scope.inject(Object.freeze({}))],
  ['inject into headers that refuse', () => flow.scope.inject({ set: () => expect.unreachable('refused') })],
  ['extract of a text', () => flow.scope.extract('traceparent' as never, () => 1)],
  ['extract without a function', () => flow.scope.extract({}, undefined as never)],
])('%s is refused', (_, wrong) => {
  expect(wrong).toThrow(invalid);
});

test('what is written by hand is read again, whatever the values are', () => {
  const hex = (length: number): fc.Arbitrary<string> =>
    fc
      .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
      .filter((text) => /[^0]/.test(text));
  fc.assert(
    fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
      const span = { traceId, spanId, traceFlags: sampled ? 1 : 0 };
      expect(parseTraceparent(printTraceparent(span), undefined)).toEqual({ ...span, isRemote: true });
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[\w.-]{1,12}$/), fc.string({ unit: 'grapheme' })), (values) => {
      const entries = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]));
      const again = parseBaggage(printBaggage(propagation.createBaggage(entries))).getAllEntries();
      expect(Object.fromEntries(again)).toEqual(entries);
    }),
  );
});
