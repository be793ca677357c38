// SPDX-License-Identifier: Apache-2.0

// A server on its standard input and output: `serve.mjs <major> <format> [low]`.
import { load } from './load.mjs';
import { makeLowLevelServer, makeServer } from './make-server.mjs';

const [major, format, kind] = process.argv.slice(2);
const sdk = await load(major, format);
const server = kind === 'low' ? makeLowLevelServer(sdk) : makeServer(sdk);
await server.connect(new sdk.StdioServerTransport());
