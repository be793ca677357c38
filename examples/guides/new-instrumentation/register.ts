// SPDX-License-Identifier: Apache-2.0
import { hookModules } from '../../../src/instrument/hooks.ts';
import { groq } from './groq.ts';

hookModules([groq]);
