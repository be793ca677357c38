// SPDX-License-Identifier: Apache-2.0
export { GEN_AI, STABLE } from './gen-ai.ts';
export { ATOF, BAGGAGE, METADATA } from './flow.ts';
export { MCP } from './mcp.ts';
export { OPENINFERENCE } from './openinference.ts';
export { GEN_AI_METRIC, METRIC_ATTRIBUTE, METRIC_SCHEMA } from './metrics.ts';
export { GEN_AI_LOG, LOG_SEVERITY, MARK_LOG } from './logs.ts';
