// SPDX-License-Identifier: Apache-2.0
import type * as Http2 from 'node:http2';
import type * as Zlib from 'node:zlib';

import type { readGrpcAnswer } from './grpc-answer.ts';
import type { PostResult, PostTarget } from './otlp-post.ts';

/** What {@link postGrpc} takes from Node, and the connections it has: one to an origin carries all requests. */
export interface GrpcModules {
  readonly http2: typeof Http2;
  readonly zlib: typeof Zlib;
  readonly sessions: Map<string, Http2.ClientHttp2Session>;
  /** Whether a request must not keep the process. */
  readonly unref: boolean;
  /** {@link readGrpcAnswer}, also where there are no imports. */
  readonly readAnswer: typeof readGrpcAnswer;
}

/**
 * Sends one OTLP request over gRPC: a unary call is a single HTTP/2 request. Never rejects. The thread that delivers at exit runs
 * the source text of this function, so it refers to nothing but its parameters and globals.
 */
export function postGrpc(
  target: PostTarget,
  body: Uint8Array,
  timeoutMillis: number,
  node: GrpcModules,
): Promise<PostResult> {
  const transient =
    /ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|GOAWAY|STREAM_CANCEL|INVALID_SESSION|REFUSED_STREAM/;
  function connect(origin: string): Http2.ClientHttp2Session {
    const known = node.sessions.get(origin);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = node.http2.connect(origin, target.tls);
    const forget = (): void => void (node.sessions.get(origin) === session && node.sessions.delete(origin));
    session.on('error', forget).on('goaway', forget).on('close', forget);
    if (node.unref) session.unref();
    node.sessions.set(origin, session);
    return session;
  }

  return new Promise((resolve) => {
    let session: Http2.ClientHttp2Session | undefined;
    let stream: Http2.ClientHttp2Stream | undefined;
    const done = (result: PostResult): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const fail = (error: NodeJS.ErrnoException): void => {
      const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : error;
      const { code = '', message: said } = cause;
      if (transient.test(`${code} ${said}`))
        done({ status: 'retry', reason: said || code, answered: false, afterMillis: undefined });
      else if (/^ERR_(?:HTTP2_INVALID|INVALID_HTTP|INVALID_CHAR)/.test(code))
        done({ status: 'failed', reason: `OTEL_EXPORTER_OTLP_HEADERS name a header that HTTP/2 refuses (${said})` });
      else if (/^ERR_HTTP2|^ERR_SSL|EPROTO/.test(code))
        done({ status: 'failed', reason: `no gRPC at that address, whose port usually is 4317 (${said})` });
      else done({ status: 'failed', reason: said || code });
    };
    const send = (bytes: Uint8Array, compressed: boolean): void => {
      const { origin, pathname } = new URL(target.url);
      const frame = Buffer.alloc(5);
      frame[0] = compressed ? 1 : 0;
      frame.writeUInt32BE(bytes.length, 1);
      session = connect(origin);
      const request = session.request({
        ...target.headers,
        ':method': 'POST',
        ':path': pathname,
        te: 'trailers',
        'grpc-timeout': `${Math.min(Math.ceil(timeoutMillis), 99_999_999)}m`,
        ...(compressed && { 'grpc-encoding': 'gzip' }),
      });
      stream = request;
      let answer: Http2.IncomingHttpHeaders = {};
      const chunks: Buffer[] = [];
      let size = 0;
      request.on('response', (headers) => (answer = { ...headers }));
      request.on('trailers', (trailers) => (answer = { ...answer, ...trailers }));
      request.on('data', (chunk: Buffer) => (size += chunk.length) < 65_536 && chunks.push(chunk));
      request.on('error', fail);
      request.on('close', () => {
        try {
          if (answer[':status'] === undefined)
            throw Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
          done(node.readAnswer(answer, Buffer.concat(chunks), node.zlib));
        } catch (error) {
          fail(error as Error);
        }
      });
      request.end(Buffer.concat([frame, bytes]));
    };
    const timer = setTimeout(() => {
      fail(new Error(`no answer within ${Math.round(timeoutMillis)} ms`));
      // A connection that does not come about, or is dead, would hold up the next request as well.
      if (session) node.sessions.delete(new URL(target.url).origin);
      if (session?.connecting) session.destroy();
      stream?.close(node.http2.constants.NGHTTP2_CANCEL);
      session?.close();
    }, timeoutMillis);
    if (node.unref) timer.unref();
    try {
      if (target.compression === 'none') send(body, false);
      else
        node.zlib.gzip(body, (error, bytes) => {
          try {
            if (error) throw error;
            send(bytes, true);
          } catch (failure) {
            fail(failure as Error);
          }
        });
    } catch (error) {
      fail(error as Error);
    }
  });
}
