// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { trace } from '@opentelemetry/api';
import { flow } from '@flow/register/api';
import { provider } from './otel.mjs';

trace.getTracer('shop').startSpan('checkout').end();
await flow.scope.run('researcher', { type: 'agent' }, () => flow.tool.execute({ name: 'search', args: {} }, () => []));

await provider.forceFlush();
console.log(`events written: ${existsSync('events.jsonl')}`);
