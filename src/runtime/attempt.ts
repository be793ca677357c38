// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { Call } from './call.ts';

/** The scope of a second or later attempt of a call: a call of the same name and kind beneath it, numbered from 2. */
export function attemptOf(call: Call, beneath: Call, input: unknown): Call {
  const { kind, name, type, callId, model, provider, codec, streaming, server, propagate, attributes, data, signal } =
    call;
  const metadata = { ...call.metadata, [METADATA.ATTEMPT]: ++call.attempts };
  const fields = {
    kind,
    name,
    type,
    callId,
    model,
    provider,
    codec,
    streaming,
    server,
    propagate,
    attributes,
    data,
    signal,
    metadata,
    input,
  };
  return new Call(
    { ...fields, parent: beneath },
    { scope: beneath, running: call.frame.running, quiet: call.frame.quiet, pushed: undefined },
    call.chains,
  );
}
