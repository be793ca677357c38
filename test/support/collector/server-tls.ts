// SPDX-License-Identifier: Apache-2.0

/** PEM texts of a server that speaks TLS; with `clientCa` it takes only clients that this authority has signed. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
}
