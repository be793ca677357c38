// SPDX-License-Identifier: Apache-2.0
import { GEN_AI } from '../../semconv/index.ts';
import type { AgentRun } from './run-agent.ts';

const CARD_NUMBER = '4111 1111 1111 1111';
const BLOCKED_TOOL = 'send_email';

/** What the two runs did, side by side. */
export function compareRuns(before: AgentRun, after: AgentRun): string[] {
  const where = before.received === undefined ? 'as recorded on the spans' : 'as the server received them';
  const withCard = (run: AgentRun): number => requestsOf(run).filter((body) => body.includes(CARD_NUMBER)).length;
  // The tools of the example print a line when they run.
  const ran = (run: AgentRun): number => run.output.filter((line) => line.startsWith(`[${BLOCKED_TOOL}]`)).length;
  const rows: readonly (readonly [string, (run: AgentRun) => number])[] = [
    [`requests to the model, ${where}`, (run) => requestsOf(run).length],
    ['  with the card number in them', withCard],
    [`times that ${BLOCKED_TOOL} ran`, ran],
  ];
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return [
    `${''.padEnd(width)}${'as it is'.padStart(8)}${'under policy'.padStart(15)}`,
    ...rows.map(
      ([label, count]) =>
        `${label.padEnd(width)}${String(count(before)).padStart(8)}${String(count(after)).padStart(15)}`,
    ),
  ];
}

function requestsOf({ received, spans }: AgentRun): readonly string[] {
  const calls = spans.filter(({ attributes }) => attributes[GEN_AI.OPERATION_NAME] === 'chat');
  return received ?? calls.map(({ attributes }) => String(attributes[GEN_AI.INPUT_MESSAGES]));
}
