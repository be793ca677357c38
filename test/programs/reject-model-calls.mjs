// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

flow.llm.addConditionalExecution('no-model-calls', () => 'no model calls in this house', { priority: 10 });
