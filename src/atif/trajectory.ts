// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';

/** An ATIF document, v1.6 to v1.8. Fields that only some versions have say so. */
export interface Trajectory {
  readonly schema_version: 'ATIF-v1.6' | 'ATIF-v1.7' | 'ATIF-v1.8';
  readonly session_id?: string;
  /** From v1.7. */
  readonly trajectory_id?: string;
  readonly agent: Agent;
  readonly steps: readonly Step[];
  readonly notes?: string;
  readonly final_metrics?: FinalMetrics;
  readonly continued_trajectory_ref?: string;
  readonly extra?: JsonObject;
  /** From v1.7. Each is complete alone and has a trajectory_id. */
  readonly subagent_trajectories?: readonly Trajectory[];
}

/** Who acts in a trajectory. `tool_definitions` have OpenAI's function-calling form. */
export interface Agent {
  readonly name: string;
  readonly version: string;
  readonly model_name?: string;
  readonly tool_definitions?: readonly JsonObject[];
  readonly extra?: JsonObject;
}

/** One step. Only agent steps have model, reasoning, tool calls and metrics. */
export interface Step {
  /** 1, 2, 3… in array order. */
  readonly step_id: number;
  readonly timestamp?: string;
  readonly source: 'system' | 'user' | 'agent';
  readonly message: Content;
  readonly model_name?: string;
  readonly reasoning_effort?: string | number;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly ToolCall[];
  readonly metrics?: Metrics;
  readonly observation?: Observation;
  readonly is_copied_context?: boolean;
  /** From v1.7. Zero: code ran the tools, no model asked; then there are no metrics and no reasoning. */
  readonly llm_call_count?: number;
  readonly extra?: JsonObject;
}

/** Text, or parts where there is more than text. */
export type Content = string | readonly ContentPart[];

/** A part of a message or of a result. Audio only in v1.8. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly source: ImageSource }
  | { readonly type: 'audio'; readonly source: AudioSource };

/** An image beside the document or at a URL, never inline. */
export interface ImageSource {
  readonly media_type: 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp';
  readonly path: string;
}

/** A recording beside the document or at a URL. */
export interface AudioSource {
  readonly media_type: `audio/${'wav' | 'mpeg' | 'mp4' | 'aac' | 'ogg' | 'flac' | 'webm' | 'aiff'}`;
  readonly path: string;
  readonly duration_sec?: number;
}

/** `arguments` is always an object. `extra` from v1.7. */
export interface ToolCall {
  readonly tool_call_id: string;
  readonly function_name: string;
  readonly arguments: JsonObject;
  readonly extra?: JsonObject;
}

/** What the tool calls of the same step gave. */
export interface Observation {
  readonly results: readonly ObservationResult[];
}

/** `source_call_id` names a tool call of the same step. `extra` from v1.7. */
export interface ObservationResult {
  readonly source_call_id?: string;
  readonly content?: Content;
  readonly subagent_trajectory_ref?: readonly SubagentTrajectoryRef[];
  readonly extra?: JsonObject;
}

/** Found by session_id in v1.6, by trajectory_id (embedded) or trajectory_path (a file) from v1.7. */
export interface SubagentTrajectoryRef {
  readonly session_id?: string;
  readonly trajectory_id?: string;
  readonly trajectory_path?: string;
  readonly extra?: JsonObject;
}

/** Of one step. Prompt tokens include cached ones; absent means unknown. */
export interface Metrics {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly cached_tokens?: number;
  readonly cost_usd?: number;
  readonly prompt_token_ids?: readonly number[];
  readonly completion_token_ids?: readonly number[];
  readonly logprobs?: readonly number[];
  readonly extra?: JsonObject;
}

/** Sums over the steps of this document; those of embedded ones are not in them. */
export interface FinalMetrics {
  readonly total_prompt_tokens?: number;
  readonly total_completion_tokens?: number;
  readonly total_cached_tokens?: number;
  readonly total_cost_usd?: number;
  readonly total_steps?: number;
  readonly extra?: JsonObject;
}
