// SPDX-License-Identifier: Apache-2.0
import { trace } from '@opentelemetry/api';
import type { DataSchema } from '../atof/event.ts';
import { isReserved, markAttributes, severityOf, wellFormed } from '../projections/log-record.ts';
import type { Scope } from '../scope/scope.ts';
import type { EventReader } from './emit.ts';
import { emitLog, hasLogger } from './logger.ts';
import { settings } from './settings.ts';
import { hrTime } from './span.ts';

/** What makes a log record of a mark, when its sanitizers have finished; undefined where nobody takes log records, or this mark is never one. */
export function markLog(scope: Scope, dataSchema: DataSchema | undefined): EventReader | undefined {
  if (isReserved(dataSchema) || !hasLogger()) return undefined;
  const content = settings.logContent;
  return {
    payload: content,
    read(mark, around) {
      const head = {
        eventName: mark.name.toWellFormed(),
        timestamp: hrTime(mark.micros),
        context: scope.span === undefined ? around : trace.setSpan(around, scope.span),
        ...severityOf(mark.metadata),
      };
      emitLog(mark.name, head, () => ({
        attributes: markAttributes(mark),
        ...(content && mark.data !== null && { body: wellFormed(mark.data) }),
      }));
    },
  };
}
