// SPDX-License-Identifier: Apache-2.0
import { diag, DiagLogLevel, type DiagLogger } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import type { Diagnostic } from '../../src/runtime/diagnostics.ts';
import { report } from '../../src/runtime/diagnostics.ts';

let undo: (() => unknown)[] = [];
afterEach(() => {
  for (const each of undo) each();
  undo = [];
});

function listen(): Diagnostic[] {
  const heard: Diagnostic[] = [];
  undo.push(flow.onDiagnostic((diagnostic) => void heard.push(diagnostic)));
  return heard;
}

function logTo(warn: DiagLogger['warn']): void {
  const silent = (): void => undefined;
  diag.setLogger(
    { warn, error: silent, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  undo.push(() => diag.disable());
}

describe('a failure that was kept from the application', () => {
  it('is heard with its source, name, error and how often it has happened', () => {
    const heard = listen();
    const error = new Error('e');
    for (const name of ['a', 'b', 'a']) report('own', name, error);
    expect(heard).toEqual([
      { source: 'own', name: 'a', error, count: 1 },
      { source: 'own', name: 'b', error, count: 1 },
      { source: 'own', name: 'a', error, count: 2 },
    ]);
    expect(flow.lastDiagnostic()).toEqual(heard[2]);
  });

  it('is not made again by what a listener records', () => {
    const heard = listen();
    const failing = (): never => {
      throw new Error('e');
    };
    undo.push(
      flow.onDiagnostic(() => flow.scope.mark('heard')),
      flow.addSubscriber('any', () => undefined).remove,
      flow.event.addSanitizeMark('failing', failing).remove,
    );
    flow.scope.mark('once');
    expect(heard).toHaveLength(1);
  });

  it('is logged the first time, and then at powers of ten', () => {
    const lines: string[] = [];
    logTo((line) => void lines.push(line));
    for (let i = 0; i < 1500; i++) report('own', 'often', new Error('e'));
    expect(lines).toEqual([
      "flow: own 'often': e",
      "flow: own 'often' (10 times): e",
      "flow: own 'often' (100 times): e",
      "flow: own 'often' (1000 times): e",
    ]);
  });

  it.each<[string, unknown]>([
    ['an object without a prototype', Object.create(null)],
    ['a symbol', Symbol('s')],
    ['nothing', undefined],
    [
      'an error that cannot be read',
      Object.defineProperty(new Error('e'), 'message', {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
  ])('may be %s', (_, error) => {
    const heard = listen();
    logTo(() => undefined);
    expect(() => report('own', `odd ${_}`, error)).not.toThrow();
    expect(heard).toHaveLength(1);
  });

  it('does not fail again when a listener or the logger fails', () => {
    undo.push(
      flow.onDiagnostic(() => {
        throw new Error('listener');
      }),
    );
    const heard = listen();
    logTo(() => {
      throw new Error('logger');
    });
    expect(() => report('own', 'failing', new Error('e'))).not.toThrow();
    expect(heard).toHaveLength(1);
  });

  it('is heard and logged each time where there are more names than anybody can count', () => {
    for (let i = 0; i < 1000; i++) report('own', `name ${i}`, new Error('e'));
    const heard = listen();
    const lines: string[] = [];
    logTo((line) => void lines.push(line));
    for (let i = 0; i < 3; i++) report('own', 'one too many', new Error('e'));
    report('own', 'name 1', new Error('e'));
    expect(heard.map(({ count }) => count)).toEqual([1, 1, 1, 2]);
    expect(lines).toEqual([
      "flow: own 'one too many': e",
      "flow: own 'one too many': e",
      "flow: own 'one too many': e",
    ]);
  });

  it('is not heard any more after the undo', () => {
    const heard: Diagnostic[] = [];
    flow.onDiagnostic((diagnostic) => void heard.push(diagnostic))();
    report('own', 'unheard', new Error('e'));
    expect(heard).toEqual([]);
  });
});
