// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { OPCODE, clientFrame, frameReader } from './atof-stream-frames.ts';
import {
  type Attempt,
  type StreamTarget,
  type StreamTransport,
  after,
  failed,
  openRequest,
  refused,
} from './atof-stream-target.ts';

type Unsent = Attempt & { readonly sent: false };

/** Status 1000. */
const NORMAL_END = Buffer.from([0x03, 0xe8]);
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * One text message for each event over a WebSocket, opened anew when it has closed. A ping follows each batch: its answer tells that the receiver has read all
 * that came before. Not Node's own `WebSocket`, which keeps the process as long as it is open, and knows neither headers nor pings.
 */
export function socketTransport(target: StreamTarget): StreamTransport {
  let open: Duplex | undefined;
  const connect = async (): Promise<Duplex | Unsent> => {
    const socket = await handshake(target);
    if ('sent' in socket) return socket;
    socket.on('close', () => {
      if (open === socket) open = undefined;
    });
    answerOn(socket);
    return (open = socket);
  };
  return {
    async send(lines) {
      const socket = open ?? (await connect());
      if ('sent' in socket) return socket;
      return write(socket, lines, target);
    },
    // Each batch has been.
    confirm: async () => undefined,
    close() {
      const socket = open;
      open = undefined;
      socket?.end(clientFrame(OPCODE.close, NORMAL_END));
      after(target.timeoutMillis, () => socket?.destroy());
    },
  };
}

function handshake(target: StreamTarget): Promise<Duplex | Unsent> {
  return new Promise((resolve) => {
    const key = randomBytes(16).toString('base64');
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
    };
    const request = openRequest(target, { headers, agent: false });
    const stop = after(target.timeoutMillis, () =>
      request.destroy(new Error(`no answer within ${target.timeoutMillis} ms`)),
    );
    request.on('close', stop);
    request.on('error', (error) => resolve(failed(error)));
    request.on('response', (response) => {
      // Not upgraded, whatever the status says.
      resolve(refused(response));
      request.destroy();
    });
    request.on('upgrade', (response, socket, head) => {
      stop();
      // Until somebody listens for them, errors would end the process.
      socket.on('error', () => undefined);
      const accepted = createHash('sha1')
        .update(key + GUID)
        .digest('base64');
      if (response.headers['sec-websocket-accept'] === accepted) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      resolve({ sent: false, retry: false, reason: 'the receiver does not speak WebSocket' });
    });
    request.end();
  });
}

function write(socket: Duplex, lines: readonly string[], { timeoutMillis }: StreamTarget): Promise<Attempt> {
  return new Promise((resolve) => {
    const settle = (result: Attempt): void => {
      stop();
      socket.off('close', closed).off(PONG, read);
      resolve(result);
    };
    const read = (payload: Buffer): void => {
      if (payload.equals(ping)) settle({ sent: true });
    };
    const closed = (): void => settle(failed(socket.errored ?? new Error('the connection was closed')));
    const stop = after(timeoutMillis, () => socket.destroy(new Error(`nothing read within ${timeoutMillis} ms`)));
    const ping = randomBytes(8);
    socket.on('close', closed).on(PONG, read);
    for (const line of lines) socket.write(clientFrame(OPCODE.text, Buffer.from(line)));
    socket.write(clientFrame(OPCODE.ping, ping));
  });
}

/** Event on the socket: the receiver has answered a ping. */
const PONG = Symbol('pong');

function answerOn(socket: Duplex): void {
  const read = frameReader(({ opcode, payload }) => {
    if (opcode === OPCODE.pong) socket.emit(PONG, payload);
    if (opcode === OPCODE.ping) socket.write(clientFrame(OPCODE.pong, payload));
    if (opcode === OPCODE.close) socket.end(clientFrame(OPCODE.close, payload));
  });
  socket.on('data', read);
  socket.on('end', () => socket.destroy());
}
