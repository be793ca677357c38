// SPDX-License-Identifier: Apache-2.0
import type * as Http from 'node:http';
import {
  type Attempt,
  type ReportLoss,
  type StreamTarget,
  type StreamTransport,
  after,
  failed,
  openRequest,
  refused,
} from './atof-stream-target.ts';

/** One request whose body goes on. */
interface Upload {
  readonly request: Http.ClientRequest;
  /** Resolves when it is over, by an answer or an error. */
  readonly over: Promise<Attempt>;
  /** Lines that went out, of which nobody has said that they arrived. */
  unconfirmed: number;
}

/**
 * One long upload of `application/x-ndjson`, opened anew when it has ended. Only the answer to the whole tells whether it arrived, so `flush()` ends the
 * upload and waits for that.
 */
export function uploadTransport(target: StreamTarget, report: ReportLoss): StreamTransport {
  let open: Upload | undefined;
  const start = (): Upload => {
    const request = openRequest(target, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      agent: false,
    });
    const upload: Upload = { request, over: outcomeOf(request), unconfirmed: 0 };
    // What was written before it failed is not written again: it may well have arrived.
    void upload.over.then((end) => {
      if (open === upload) open = undefined;
      if (!end.sent && upload.unconfirmed > 0) report(upload.unconfirmed, end.reason);
    });
    return upload;
  };
  return {
    async send(lines) {
      const upload = (open ??= start());
      const ended = upload.over.then((end) => (end.sent ? failed(new Error('the receiver ended the upload')) : end));
      const end = await Promise.race([write(upload.request, `${lines.join('\n')}\n`, target), ended]);
      if (end.sent) upload.unconfirmed += lines.length;
      // It takes no more, whatever becomes of what is on its way.
      else if (open === upload) open = undefined;
      return end;
    },
    async confirm() {
      const upload = open;
      if (upload === undefined) return;
      open = undefined;
      upload.request.end();
      const stop = after(target.timeoutMillis, () =>
        upload.request.destroy(new Error(`no answer within ${target.timeoutMillis} ms of its end`)),
      );
      await upload.over;
      stop();
    },
    close() {
      open?.request.end();
      open = undefined;
    },
  };
}

function outcomeOf(request: Http.ClientRequest): Promise<Attempt> {
  return new Promise((resolve) => {
    request.on('error', (error) => resolve(failed(error)));
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      const result: Attempt = statusCode >= 200 && statusCode < 300 ? { sent: true } : refused(response);
      const settle = (): void => {
        resolve(result);
        // An answer that came early: nobody reads what follows.
        request.destroy();
      };
      response.on('error', settle).on('close', settle);
      response.resume();
    });
    request.on('close', () => resolve(failed(new Error('the connection was closed'))));
  });
}

function write(request: Http.ClientRequest, text: string, { timeoutMillis }: StreamTarget): Promise<Attempt> {
  return new Promise((resolve) => {
    const stop = after(timeoutMillis, () => request.destroy(new Error(`nothing taken within ${timeoutMillis} ms`)));
    request.write(text, (error) => {
      stop();
      resolve(error ? failed(error) : { sent: true });
    });
  });
}
