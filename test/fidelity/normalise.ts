// SPDX-License-Identifier: Apache-2.0

/** Replaces what differs from run to run whatever the application does: the port, times, process ids, log ids. */
export function normalise(text: string, origin: string, run: string): string {
  const { host, port } = new URL(origin);
  return text
    .replaceAll(`/${run}/`, '/')
    .replaceAll(host, 'HOST')
    .replaceAll(new RegExp(`(?<=\\b(port|:)"?:? ?)${port}\\b`, 'gi'), 'PORT')
    .replaceAll(/(?<="(localPort|remotePort|bytesWritten|bytesRead)":)\d+/g, '"N"')
    .replaceAll(/\b\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT/g, 'DATE')
    .replaceAll(/\(node:\d+\)/g, '(node:PID)')
    .replaceAll(/\blog_[0-9a-f]{6}\b/g, 'log_ID')
    .replaceAll(/\breq_[0-9a-f]{32}\b/g, 'req_FRESH')
    .replaceAll(/(?<=\bin )\d+(?=ms\b)/g, '0')
    .replaceAll(/(?<=durationMs"?: ?)\d+/g, '0');
}

/** Tracing context that Flow sends along is meant to be there. */
const tracing = new Set(['traceparent', 'tracestate', 'baggage']);

/** The headers of a request as sent, names as written and in their order, without tracing context. */
export function sentHeaders(rawHeaders: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!tracing.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  return lines;
}
