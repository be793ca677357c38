// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from '../model-server/json.ts';
import type { Exchange } from '../model-server/recorded-request.ts';
import { sendJson } from '../model-server/send.ts';
import { sendError } from './errors.ts';

const models: readonly JsonObject[] = ['gpt-4o', 'gpt-4o-mini', 'gpt-5', 'text-embedding-3-small'].map((id, index) => ({
  id,
  object: 'model',
  created: 1_715_367_049 + index,
  owned_by: 'system',
}));

/** The body of `GET /models`. */
export function listModels(): JsonObject {
  return { object: 'list', data: models };
}

/** Answers `GET /models/{id}`; an unknown model is the provider's 404. */
export async function retrieveModel(exchange: Exchange, endpoint: string): Promise<void> {
  const id = decodeURIComponent(endpoint.slice('/models/'.length));
  const model = models.find((entry) => entry.id === id);
  if (model) return sendJson(exchange, {}, model);
  const message = `The model '${id}' does not exist`;
  return sendError(exchange, { status: 404 }, { message, param: 'model', code: 'model_not_found' });
}
