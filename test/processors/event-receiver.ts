// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

/** One request, as far as its body has come. */
export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly url: string;
  readonly lines: string[];
  /** The body came to its end. */
  ended: boolean;
  /** Payloads with which pings of the receiver were answered. */
  readonly pongs: string[];
  /** Writes to the WebSocket. */
  send: (frame: Buffer) => void;
  readonly close: () => void;
}

/** A receiver of ATOF lines over HTTP and WebSocket, for one test. */
export interface EventReceiver {
  readonly url: string;
  readonly requests: readonly Received[];
  /** Lines of all requests or messages of all WebSockets, in order. */
  readonly lines: () => string[];
  readonly server: Server;
  close(): Promise<void>;
}

/** What to do with a request or an upgrade beside recording it; `turn` counts from 0. */
export interface Behaviour {
  /** Answers the end of the body. Default 204. */
  readonly answer?: (response: ServerResponse, turn: number) => void;
  /** Called as soon as the head of a request is there. */
  readonly head?: (response: ServerResponse, turn: number) => void;
  /** Status of a refused upgrade. */
  readonly upgrade?: (turn: number) => number | undefined;
  readonly port?: number;
  /** What comes right behind the answer to an upgrade. */
  readonly greeting?: Buffer;
}

export async function startReceiver({
  answer,
  head,
  upgrade,
  port = 0,
  greeting = Buffer.alloc(0),
}: Behaviour = {}): Promise<EventReceiver> {
  const requests: Received[] = [];
  const sockets = new Set<Duplex>();
  const open = (request: IncomingMessage, close: () => void): Received => {
    const received: Received = {
      headers: request.headers,
      url: request.url ?? '',
      lines: [],
      ended: false,
      pongs: [],
      send: () => undefined,
      close,
    };
    requests.push(received);
    return received;
  };
  const server = createServer((request, response) => {
    const turn = requests.length;
    const received = open(request, () => request.destroy());
    let rest = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      received.lines.push(...parts);
    });
    request.on('error', () => undefined);
    head?.(response, turn);
    request.on('end', () => {
      received.ended = true;
      if (answer === undefined) response.writeHead(204).end();
      else answer(response, turn);
    });
  });
  server.on('upgrade', (request, socket: Duplex) => {
    const turn = requests.length;
    const received = open(request, () => socket.destroy());
    const status = upgrade?.(turn);
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    received.send = (frame) => void socket.write(frame);
    const head = `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), greeting]));
    readFrames(socket, received);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }));
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    requests,
    lines: () => requests.flatMap(({ lines }) => lines),
    server,
    close,
  };
}

// What a client sends: masked, and here never in fragments.
function readFrames(socket: Duplex, received: Received): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (more: Buffer) => {
    bytes = Buffer.concat([bytes, more]);
    for (;;) {
      if (bytes.length < 2) return;
      const short = (bytes[1] as number) & 0x7f;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (bytes.length < head) return;
      const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
      if (bytes.length < head + 4 + length) return;
      const mask = bytes.subarray(head, head + 4);
      const payload = Buffer.from(bytes.subarray(head + 4, head + 4 + length));
      for (let i = 0; i < length; i++) payload[i] = (payload[i] as number) ^ (mask[i & 3] as number);
      const opcode = (bytes[0] as number) & 0x0f;
      bytes = bytes.subarray(head + 4 + length);
      if (((bytes[1] ?? 0x80) & 0x80) === 0) throw new Error('a client must mask');
      if (opcode === 0x1) received.lines.push(payload.toString());
      if (opcode === 0x9) socket.write(Buffer.concat([Buffer.from([0x8a, length]), payload]));
      if (opcode === 0xa) received.pongs.push(payload.toString());
      if (opcode === 0x8) {
        received.ended = true;
        socket.end(Buffer.concat([Buffer.from([0x88, length]), payload]));
      }
    }
  });
}
