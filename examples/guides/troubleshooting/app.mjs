// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

console.log(await flow.tool.execute({ name: 'greet', args: {} }, async () => 'the application runs'));
