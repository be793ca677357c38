// SPDX-License-Identifier: Apache-2.0
import type * as Resources from '@opentelemetry/resources';
import { readFileSync } from 'node:fs';

import { load } from '../instrument/load.ts';
import type { Settings } from './environment.ts';

type Attributes = NonNullable<Resources.DetectedResource['attributes']>;

/**
 * Who sends: SDK and distribution, what is detected, then the environment's own words, which win.
 * Everything is known at once (on macOS and Windows all but `host.id`): a span delivered by a process that ends in its first
 * tick has the same resource as any other.
 */
export function createResource(settings: Settings): Resources.Resource {
  const resources = load<typeof Resources>('@opentelemetry/resources');
  const detect: Record<Settings['resourceDetectors'][number], () => Attributes> = {
    host: () => withHostId(resources.hostDetector.detect().attributes ?? {}),
    os: () => resources.osDetector.detect().attributes ?? {},
    process: () => withoutArguments(resources.processDetector.detect().attributes ?? {}),
    serviceinstance: () => resources.serviceInstanceIdDetector.detect().attributes ?? {},
    env: () => settings.resourceAttributes,
  };
  const detected = { host: {}, os: {}, process: {}, serviceinstance: {}, env: {} } as Record<
    keyof typeof detect,
    Attributes
  >;
  for (const name of settings.resourceDetectors) detected[name] = detect[name]();
  return resources.defaultResource().merge(
    resources.resourceFromAttributes({
      'service.name': 'unknown_service:node',
      ...detected.host,
      ...detected.os,
      ...detected.process,
      ...detected.serviceinstance,
      ...detected.env,
      ...(settings.serviceName === undefined ? {} : { 'service.name': settings.serviceName }),
      'telemetry.distro.name': '@flow/register',
      'telemetry.distro.version': load<{ version: string }>('../../package.json').version,
    }),
  );
}

/** The library reads the file asynchronously, too late for a process that ends at once. */
function withHostId(attributes: Attributes): Attributes {
  if (process.platform !== 'linux') return attributes;
  const { 'host.id': _pending, ...others } = attributes;
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      return { ...others, 'host.id': readFileSync(path, 'utf8').trim() };
    } catch {
      // Containers often have none.
    }
  }
  return others;
}

/**
 * Command lines hold secrets. Who wants one recorded names it in `OTEL_RESOURCE_ATTRIBUTES`. Under `--eval` what looks like the
 * program's file is its first argument.
 */
function withoutArguments(attributes: Attributes): Attributes {
  const { 'process.command_args': _secrets, 'process.command': command, ...others } = attributes;
  const evaluates = process.execArgv.some((argument) => /^(-e|-p|-pe|--eval\b.*|--print\b.*)$/s.test(argument));
  return evaluates || command === undefined ? others : { ...others, 'process.command': command };
}
