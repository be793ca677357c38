// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import OpenAI from 'openai';
import pg from 'pg';
import { flow } from '../../../dist/esm/api.js';
import { serve } from './serve.mjs';

await serve({ createServer, pg, OpenAI, flow });
