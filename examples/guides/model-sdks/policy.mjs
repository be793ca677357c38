// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

flow.addSubscriber('print', ({ category, scope_category: phase, name, category_profile: profile }) => {
  if (phase === 'start' && category !== 'guardrail') console.log(category, profile?.model_name ?? name);
});
flow.llm.addRequestIntercept('brief', ({ annotated }) => ({
  annotated: { ...annotated, instructions: 'Answer in one sentence.' },
}));
