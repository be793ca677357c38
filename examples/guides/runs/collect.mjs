// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';
import { collectTrajectory } from '@flow/register/sdk';

const collector = collectTrajectory();

await flow.scope.run('planner', { type: 'agent' }, async () => {
  const request = { content: { model: 'm', messages: [{ role: 'user', content: 'Plan my day.' }] } };
  await flow.llm.execute({ name: 'my-provider', request }, async () => ({
    model: 'm',
    choices: [{ message: { role: 'assistant', content: 'Sleep in.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 },
  }));
});

const trajectory = await collector.export();
console.log(
  trajectory.agent.name,
  trajectory.steps.map(({ source, message }) => `${source}: ${message}`),
);
console.log(trajectory.final_metrics);
await collector.shutdown();
