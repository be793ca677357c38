// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

flow.tool.addConditionalExecution('no-payments', ({ name }) => (name === 'pay' ? 'ask a person' : undefined));
