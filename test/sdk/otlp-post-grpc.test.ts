// SPDX-License-Identifier: Apache-2.0
import http2 from 'node:http2';
import zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';

import { readGrpcAnswer } from '../../src/sdk/grpc-answer.ts';
import type { PostResult } from '../../src/sdk/otlp-post.ts';
import { postGrpc } from '../../src/sdk/otlp-post-grpc.ts';
import { type GrpcCollector, type GrpcCollectorOptions, startGrpcCollector } from '../support/collector/index.ts';

const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const sessions = new Map<string, http2.ClientHttp2Session>();
let collector: GrpcCollector | undefined;
afterEach(async () => {
  for (const session of sessions.values()) session.destroy();
  await collector?.close();
});

const target = (url: string) => ({
  grpc: true,
  url: `${url}${PATH}`,
  headers: { 'content-type': 'application/grpc', 'user-agent': 'test' },
  compression: 'none' as const,
  tls: {},
});
const send = (url: string): Promise<PostResult> =>
  postGrpc(target(url), Buffer.alloc(0), 5000, { http2, zlib, sessions, unref: false, readAnswer: readGrpcAnswer });

async function answered(options: GrpcCollectorOptions): Promise<PostResult> {
  collector = await startGrpcCollector(options);
  return send(collector.url);
}

describe('a request over gRPC', () => {
  it('brings the answer, of which the receiver may have refused a part', async () => {
    const answer = Buffer.from([0x0a, 0x02, 0x08, 0x03]);
    expect(await answered({ answer })).toEqual({ status: 'delivered', answer });
  });

  it.each([1, 4, 10, 11, 14, 15])('may be repeated after status %i', async (status) => {
    const reason = `gRPC status ${status} not now, schön`;
    expect(await answered({ status: [status] })).toEqual({
      status: 'retry',
      answered: true,
      reason,
      afterMillis: undefined,
    });
  });

  it.each([2, 3, 5, 7, 8, 13, 16])('has failed after status %i', async (status) => {
    expect(await answered({ status: [status] })).toEqual({
      status: 'failed',
      reason: `gRPC status ${status} not now, schön`,
    });
  });

  it('that the receiver does not implement says so as HTTP does', async () => {
    expect(await answered({ status: [12] })).toMatchObject({ status: 'failed', code: 501 });
  });

  it('may be repeated after status 8 when the receiver says when', async () => {
    const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
    // RetryInfo { retry_delay: { seconds: 2, nanos: 500_000_000 } } in an Any, in a google.rpc.Status.
    const duration = Buffer.from([0x08, 2, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01]);
    const info = Buffer.concat([Buffer.from([0x0a, duration.length]), duration]);
    const any = Buffer.concat([Buffer.from([0x0a, type.length]), type, Buffer.from([0x12, info.length]), info]);
    const details = Buffer.concat([Buffer.from([0x08, 8, 0x1a, any.length]), any]);
    const trailers = { 'grpc-status-details-bin': details };
    expect(await answered({ status: [8], trailers })).toMatchObject({ status: 'retry', afterMillis: 2500 });
  });

  it('to nobody may be repeated, and the next one makes a connection of its own', async () => {
    collector = await startGrpcCollector();
    const { url } = collector;
    await collector.close();
    expect(await send(url)).toMatchObject({
      status: 'retry',
      answered: false,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
    expect(sessions.size).toBe(0);
    collector = await startGrpcCollector();
    expect(await send(collector.url)).toMatchObject({ status: 'delivered' });
  });

  it('shares one connection with the others', async () => {
    collector = await startGrpcCollector();
    await Promise.all([send(collector.url), send(collector.url), send(collector.url)]);
    expect(sessions.size).toBe(1);
    expect(collector.requests).toHaveLength(3);
  });

  it('that is not answered fails in time', async () => {
    const server = http2.createServer().on('stream', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const result = await postGrpc(target(`http://127.0.0.1:${port}`), Buffer.alloc(0), 50, {
      http2,
      zlib,
      sessions,
      unref: false,
      readAnswer: readGrpcAnswer,
    });
    expect(result).toEqual({ status: 'failed', reason: 'no answer within 50 ms' });
    server.close();
  });
});
