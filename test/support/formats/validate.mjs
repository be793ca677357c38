#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Checks ATIF trajectories (.json) and ATOF event streams (.jsonl): shape by JSON Schema, then the rules that span items.
// Usage: node validate.mjs [--strict] FILE...   Exit 1 when a file has errors (with --strict, warnings count as errors).
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const schemaFolder = process.env.SCHEMAS ?? join(dirname(fileURLToPath(import.meta.url)), 'schemas');
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
addFormats(ajv);
const schemas = Object.fromEntries(
  readdirSync(schemaFolder).filter((f) => f.endsWith('.json'))
    .map((f) => [f.replace('.json', ''), ajv.compile(JSON.parse(readFileSync(join(schemaFolder, f), 'utf8')))]),
);

const CATEGORIES = new Set(['agent', 'function', 'llm', 'tool', 'retriever', 'embedder', 'reranker', 'guardrail', 'evaluator', 'custom', 'unknown']);
const FLAGS = new Set(['parallel', 'relocatable', 'remote', 'stateful', 'streaming']);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const ISO_8601 = /^\d{4}-?\d{2}-?\d{2}([T ]\d{2}(:?\d{2}(:?\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

const report = () => {
  const errors = [];
  const warnings = [];
  return { errors, warnings, error: (at, text) => errors.push(`${at}: ${text}`), warn: (at, text) => warnings.push(`${at}: ${text}`) };
};

function checkShape(name, value, at, out) {
  const check = schemas[name];
  if (!check) return out.error(at, `no schema for ${name}`);
  if (check(value)) return;
  for (const e of check.errors) if (e.keyword !== 'if' && e.keyword !== 'anyOf') out.error(at + e.instancePath, `${e.message} ${JSON.stringify(e.params)}`);
  if (!out.errors.length) out.error(at, ajv.errorsText(check.errors));
}

/** Validates one trajectory document; `folder` lets local image and file references be checked. */
export function validateAtif(doc, { folder } = {}) {
  const out = report();
  const version = typeof doc?.schema_version === 'string' ? doc.schema_version.toLowerCase() : 'missing schema_version';
  checkShape(version, doc, '$', out);
  if (!out.errors.length) checkTrajectory(doc, '$', folder, out);
  return out;
}

function checkTrajectory(doc, at, folder, out) {
  const embedded = new Set();
  for (const [i, sub] of (doc.subagent_trajectories ?? []).entries()) {
    const here = `${at}.subagent_trajectories[${i}]`;
    if (embedded.has(sub.trajectory_id)) out.error(here, `trajectory_id ${sub.trajectory_id} is not unique`);
    embedded.add(sub.trajectory_id);
    checkTrajectory(sub, here, folder, out);
  }
  let previous = -Infinity;
  for (const [i, step] of doc.steps.entries()) {
    const here = `${at}.steps[${i}]`;
    if (step.step_id !== i + 1) out.error(here, `step_id is ${step.step_id}, expected ${i + 1}`);
    if (step.timestamp != null) {
      const time = Date.parse(step.timestamp);
      if (!ISO_8601.test(step.timestamp) || Number.isNaN(time)) out.error(here, `timestamp ${step.timestamp} is not ISO 8601`);
      else if (time < previous) out.warn(here, 'timestamp goes back in time');
      previous = Number.isNaN(time) ? previous : Math.max(previous, time);
    }
    checkToolCalls(step, here, out);
    checkMetrics(step.metrics, here, out);
    checkContent(step.message, `${here}.message`, folder, out);
    if (step.source === 'user' && step.observation) out.warn(here, 'observation belongs on agent or system steps');
    for (const [r, result] of (step.observation?.results ?? []).entries()) {
      const spot = `${here}.observation.results[${r}]`;
      checkContent(result.content, `${spot}.content`, folder, out);
      if (result.content == null && !result.subagent_trajectory_ref?.length) out.warn(spot, 'neither content nor subagent_trajectory_ref');
      for (const ref of result.subagent_trajectory_ref ?? []) {
        if (ref.trajectory_id != null && ref.trajectory_path == null && !embedded.has(ref.trajectory_id))
          out.warn(spot, `trajectory_id ${ref.trajectory_id} is not embedded in this trajectory`);
        if (ref.trajectory_path != null) checkFile(ref.trajectory_path, spot, folder, out, 'warn');
      }
    }
  }
  if (doc.continued_trajectory_ref != null) checkFile(doc.continued_trajectory_ref, at, folder, out, 'warn');
  checkFinalMetrics(doc, at, out);
}

function checkToolCalls(step, at, out) {
  const ids = (step.tool_calls ?? []).map((call) => call.tool_call_id);
  const known = new Set(ids);
  if (known.size < ids.length) out.warn(at, 'tool_call_id repeats within the step');
  for (const result of step.observation?.results ?? [])
    if (result.source_call_id != null && !known.has(result.source_call_id))
      out.error(at, `source_call_id ${result.source_call_id} is not a tool call of this step`);
}

function checkMetrics(metrics, at, out) {
  if (!metrics) return;
  const { prompt_tokens: prompt, completion_tokens: completion, cached_tokens: cached } = metrics;
  for (const [key, value] of Object.entries(metrics)) if (typeof value === 'number' && value < 0) out.warn(at, `metrics.${key} is negative`);
  if (cached > prompt) out.warn(at, 'cached_tokens exceed prompt_tokens');
  for (const [list, count] of [['prompt_token_ids', prompt], ['completion_token_ids', completion], ['logprobs', completion]])
    if (metrics[list] && count != null && metrics[list].length !== count) out.warn(at, `${list} has ${metrics[list].length} entries for ${count} tokens`);
}

function checkFinalMetrics(doc, at, out) {
  const final = doc.final_metrics;
  if (!final) return;
  if (final.total_steps != null && final.total_steps !== doc.steps.length && !doc.notes)
    out.warn(at, `total_steps is ${final.total_steps} for ${doc.steps.length} steps and notes do not explain it`);
  const hasChildren = doc.subagent_trajectories?.length || doc.steps.some((s) => s.is_copied_context || s.observation?.results.some((r) => r.subagent_trajectory_ref?.length));
  if (hasChildren || doc.continued_trajectory_ref) return; // Totals may then include work recorded elsewhere.
  for (const key of ['prompt_tokens', 'completion_tokens', 'cached_tokens']) {
    const sum = doc.steps.reduce((total, step) => total + (step.metrics?.[key] ?? 0), 0);
    const total = final[`total_${key}`];
    if (total != null && total !== sum) out.warn(at, `total_${key} is ${total}, the steps add up to ${sum}`);
  }
}

function checkContent(content, at, folder, out) {
  if (!Array.isArray(content)) return;
  for (const [i, part] of content.entries()) if (part.source) checkFile(part.source.path, `${at}[${i}]`, folder, out, 'error');
}

function checkFile(path, at, folder, out, level) {
  if (!folder || path.includes('://')) return;
  if (!existsSync(isAbsolute(path) ? path : join(folder, path))) out[level](at, `file ${path} does not exist`);
}

/** Validates the text of one ATOF stream, one JSON object per line. */
export function validateAtof(text) {
  const out = report();
  const scopes = new Map();
  const seen = new Set();
  const roots = new Set();
  const events = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (!line.trim()) continue;
    const at = `line ${i + 1}`;
    let event;
    try { event = JSON.parse(line); } catch (cause) { out.error(at, cause.message); continue; }
    const before = out.errors.length;
    checkShape('atof-v0.1', event, at, out);
    if (out.errors.length === before) events.push({ ...event, at, micros: micros(event.timestamp) });
  }
  for (const event of events) {
    checkEvent(event, out);
    if (event.kind === 'mark') {
      if (seen.has(event.uuid)) out.error(event.at, `uuid ${event.uuid} repeats`);
      seen.add(event.uuid);
      continue;
    }
    if (event.parent_uuid === null) roots.add(event.uuid);
    const pair = scopes.get(event.uuid) ?? {};
    if (pair[event.scope_category]) out.error(event.at, `second ${event.scope_category} of scope ${event.uuid}`);
    scopes.set(event.uuid, { ...pair, [event.scope_category]: event });
  }
  for (const pair of scopes.values()) checkPair(pair, out);
  for (const event of events)
    if (event.parent_uuid !== null && !scopes.has(event.parent_uuid)) out.warn(event.at, `parent ${event.parent_uuid} is not in the stream`);
  if (roots.size > 1) out.warn('stream', `${roots.size} root scopes`);
  return out;
}

function checkEvent(event, out) {
  if (!UUID.test(event.uuid)) out.warn(event.at, `uuid ${event.uuid} is not a UUID`);
  if (event.category != null && !CATEGORIES.has(event.category)) out.warn(event.at, `category ${event.category} is outside the vocabulary`);
  if (event.category === 'unknown' && event.category_profile) out.warn(event.at, 'category unknown carries a profile');
  if (event.data != null && (typeof event.data !== 'object' || Array.isArray(event.data))) out.warn(event.at, 'data is not an object');
  const flags = event.attributes ?? [];
  if (flags.some((flag, i) => i && flags[i - 1] > flag)) out.error(event.at, 'attributes are not sorted');
  for (const flag of flags) if (!FLAGS.has(flag) && !flag.includes('.')) out.warn(event.at, `flag ${flag} needs a dotted prefix`);
}

function checkPair({ start, end }, out) {
  if (!start) return out.error(end.at, `end of scope ${end.uuid} without a start`);
  if (!end) return out.warn(start.at, `scope ${start.uuid} never ends`);
  if (end.micros <= start.micros) out.error(end.at, 'end is not later than start');
  for (const key of ['name', 'parent_uuid', 'category', 'attributes'])
    if (JSON.stringify(start[key]) !== JSON.stringify(end[key])) out.error(end.at, `${key} differs between start and end`);
}

// RFC 3339 may carry microseconds or finer, which Date drops.
function micros(timestamp) {
  if (typeof timestamp === 'number') return timestamp;
  const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? '';
  return Math.floor(Date.parse(timestamp.replace(/\.\d+/, '')) / 1000) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const strict = process.argv.includes('--strict');
  let failed = 0;
  for (const file of process.argv.slice(2).filter((a) => !a.startsWith('--'))) {
    const text = readFileSync(file, 'utf8');
    const out = file.endsWith('.jsonl') ? validateAtof(text) : validateAtif(JSON.parse(text), { folder: dirname(file) });
    const bad = out.errors.length > 0 || (strict && out.warnings.length > 0);
    failed += bad;
    console.log(`${bad ? 'FAIL' : 'ok  '} ${file}`);
    for (const e of out.errors) console.log(`     error ${e}`);
    for (const w of out.warnings) console.log(`     warn  ${w}`);
  }
  process.exitCode = failed ? 1 : 0;
}
