// SPDX-License-Identifier: Apache-2.0
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import {
  type Attempt,
  type StreamTarget,
  type StreamTransport,
  after,
  failed,
  openRequest,
  refused,
} from './atof-stream-target.ts';

/** One POST of `application/x-ndjson` for each batch, over one connection that is kept. */
export function postTransport(target: StreamTarget): StreamTransport {
  let agent: Http.Agent | undefined;
  const open = (): Http.Agent => {
    const secure = target.url.protocol === 'https:';
    const { Agent } = process.getBuiltinModule(secure ? 'node:https' : 'node:http') as typeof Http | typeof Https;
    return new Agent({ keepAlive: true, maxSockets: 1 });
  };
  return {
    send: (lines) => post(target, (agent ??= open()), Buffer.from(`${lines.join('\n')}\n`)),
    // Each answer has said so.
    confirm: async () => undefined,
    close() {
      agent?.destroy();
      agent = undefined;
    },
  };
}

function post(target: StreamTarget, agent: Http.Agent, body: Buffer): Promise<Attempt> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length };
    const request = openRequest(target, { method: 'POST', headers, agent });
    const settle = (result: Attempt): void => {
      stop();
      resolve(result);
    };
    const stop = after(target.timeoutMillis, () =>
      request.destroy(new Error(`no answer within ${target.timeoutMillis} ms`)),
    );
    let answer: Attempt | undefined;
    request.on('error', (error) => settle(answer ?? failed(error)));
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      const result: Attempt = statusCode >= 200 && statusCode < 300 ? { sent: true } : refused(response);
      // It decides, also where the body never ends.
      answer = result;
      response.on('error', () => settle(result)).on('close', () => settle(result));
      response.resume();
    });
    request.end(body);
  });
}
