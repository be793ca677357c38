// SPDX-License-Identifier: Apache-2.0
import type * as Http from 'node:http';
import type * as Http2 from 'node:http2';
import type * as Https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Zlib from 'node:zlib';

import { load } from '../instrument/load.ts';
import { readGrpcAnswer } from './grpc-answer.ts';
import { postGrpc } from './otlp-post-grpc.ts';
import { post, type PostResult, type PostTarget } from './otlp-post.ts';

/** Sends bodies over a few connections. Nothing it waits for keeps the process alive: what is left at the end is sent there. */
export interface Sender {
  /** Repeats while the receiver is busy or away and `timeoutMillis` allows; never rejects. */
  send(body: Uint8Array): Promise<PostResult>;
  /** Resolves when no body is being sent or waits for a connection. One that waits to be repeated does not count. */
  whenQuiet(): Promise<void>;
  close(): void;
}

const CONNECTIONS = 4;
const ATTEMPTS = 6;
const FIRST_WAIT_MILLIS = 1000;
const LONGEST_WAIT_MILLIS = 5000;

export function createSender(target: PostTarget, timeoutMillis: number): Sender {
  const wire = target.grpc ? overGrpc(target) : overHttp(target);
  const waiting: (() => void)[] = [];
  const listeners: (() => void)[] = [];
  let free = CONNECTIONS;
  let active = 0;

  async function attempt(body: Uint8Array, deadline: number): Promise<PostResult> {
    active++;
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await wire.post(body, Math.max(deadline - performance.now(), 1));
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
      if (--active === 0) for (const notify of listeners.splice(0)) notify();
    }
  }

  async function send(body: Uint8Array): Promise<PostResult> {
    const deadline = performance.now() + timeoutMillis;
    for (let attempts = 1; ; attempts++) {
      const result = await attempt(body, deadline);
      if (result.status !== 'retry' || attempts === ATTEMPTS) return result;
      // Jitter, so that many processes do not come back together.
      const wait =
        Math.min(FIRST_WAIT_MILLIS * 1.5 ** (attempts - 1), LONGEST_WAIT_MILLIS) * (0.8 + Math.random() * 0.4);
      const pause = result.afterMillis ?? wait;
      if (performance.now() + pause >= deadline) return result;
      await sleep(pause, undefined, { ref: false });
    }
  }

  return {
    send,
    whenQuiet: () => new Promise((resolve) => (active === 0 ? resolve() : listeners.push(resolve))),
    close: wire.close,
  };
}

/** Requests to one receiver over connections that are kept. */
interface Wire {
  readonly post: (body: Uint8Array, timeoutMillis: number) => Promise<PostResult>;
  readonly close: () => void;
}

function overHttp(target: PostTarget): Wire {
  const http = load<typeof Http>('node:http');
  const https = load<typeof Https>('node:https');
  const secure = target.url.startsWith('https:');
  const agent = new (secure ? https : http).Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const modules = { http, https, zlib: load<typeof Zlib>('node:zlib'), agent };
  return {
    post: (body, timeoutMillis) => post(target, body, timeoutMillis, modules),
    close: () => agent.destroy(),
  };
}

function overGrpc(target: PostTarget): Wire {
  const sessions = new Map<string, Http2.ClientHttp2Session>();
  const modules = {
    http2: load<typeof Http2>('node:http2'),
    zlib: load<typeof Zlib>('node:zlib'),
    sessions,
    unref: true,
    readAnswer: readGrpcAnswer,
  };
  return {
    post: (body, timeoutMillis) => postGrpc(target, body, timeoutMillis, modules),
    close() {
      for (const session of sessions.values()) session.close();
    },
  };
}
