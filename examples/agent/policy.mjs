// SPDX-License-Identifier: Apache-2.0
// Policy for any application, in a module of its own: `node --import @flow/register --import ./policy.mjs app.mjs`.
import { flow } from '@flow/register/api';

const BLOCKED = ['send_email'];
const CARD_NUMBER = /\b(?:\d[ -]?){12,18}\d\b/g;

// Nothing is returned for what may run; a reason refuses the call before the tool is reached.
flow.tool.addConditionalExecution('no-outbound-mail', (call) =>
  BLOCKED.includes(call.name) ? 'mail is sent by people only' : undefined,
);

// Whatever the provider and wherever in the request: messages, tool results, arguments of earlier calls.
flow.llm.addRequestIntercept('mask-card-numbers', ({ request }) => {
  const text = JSON.stringify(request.content);
  const masked = text.replace(CARD_NUMBER, '[card number]');
  return masked === text ? undefined : { content: JSON.parse(masked) };
});
