// SPDX-License-Identifier: Apache-2.0
// With OWN it starts the instrumentation of its database client itself, as applications do that know nothing of Flow.
if (process.env.OWN) {
  const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg');
  void new PgInstrumentation();
}
const http = require('node:http');
const OpenAI = require('openai');
const pg = require('pg');
const { flow } = require('../../../dist/cjs/api.js');
const { serve } = require('./serve.mjs');

serve({ createServer: http.createServer, pg, OpenAI, flow });
