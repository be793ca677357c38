// SPDX-License-Identifier: Apache-2.0
// PostgreSQL itself, compiled for Node, behind its wire protocol. Says on standard output at which port. One client at a time.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PGlite } from '@electric-sql/pglite';

const database = await PGlite.create();
const server = createServer((socket) => {
  let received = Buffer.alloc(0);
  // Before every message stands its type, but for the first of a connection; then its length, which counts itself.
  let typeBytes = 0;
  let answered = Promise.resolve();
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    for (;;) {
      const size = received.length < typeBytes + 4 ? Infinity : typeBytes + received.readUInt32BE(typeBytes);
      if (received.length < size) return;
      const message = received.subarray(0, size);
      received = received.subarray(size);
      typeBytes = 1;
      if (message[0] !== 'X'.charCodeAt(0)) {
        answered = answered.then(async () => void socket.write(await database.execProtocolRaw(message)));
      }
    }
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(server.address().port);
