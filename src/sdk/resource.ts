// SPDX-License-Identifier: Apache-2.0
import type * as Resources from '@opentelemetry/resources';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

import { load } from '../instrument/load.ts';
import { attributesFromFile } from './config-file-parts.ts';
import type { ResourceModel } from './config-file-model.ts';
import type { Settings } from './environment.ts';

type Attributes = NonNullable<Resources.DetectedResource['attributes']>;

/**
 * Who sends: SDK and distribution, what is detected, then the environment's own words, which win.
 * Everything is known at once (on macOS and Windows all but `host.id`): a span delivered by a process that ends in its first
 * tick has the same resource as any other.
 */
export function createResource(settings: Settings): Resources.Resource {
  const file = settings.configFile?.model;
  if (file !== undefined) return createFromFile(file.resource ?? {});
  const detected = detect(settings.resourceDetectors.filter((name) => name !== 'env'));
  return create({
    ...detected,
    ...(settings.resourceDetectors.includes('env') ? settings.resourceAttributes : {}),
    ...(settings.serviceName === undefined ? {} : { 'service.name': settings.serviceName }),
  });
}

/** The detectors of configuration files have other names, and run only when they are named. */
const FILE_DETECTORS: Readonly<Record<string, readonly Detector[]>> = {
  host: ['host', 'os'],
  process: ['process'],
  service: ['servicename', 'serviceinstance'],
};

function createFromFile(model: ResourceModel): Resources.Resource {
  const named = model['detection/development']?.detectors?.flatMap((entry) => Object.keys(entry)) ?? [];
  const detected = detect(named.flatMap((name) => FILE_DETECTORS[name] ?? []));
  return create({ ...detected, ...(attributesFromFile(model) as Attributes) }, model.schema_url ?? undefined);
}

function create(attributes: Attributes, schemaUrl?: string): Resources.Resource {
  const { defaultResource, resourceFromAttributes } = load<typeof Resources>('@opentelemetry/resources');
  return defaultResource().merge(
    resourceFromAttributes(
      {
        'service.name': 'unknown_service:node',
        ...attributes,
        'telemetry.distro.name': '@flow/register',
        'telemetry.distro.version': load<{ version: string }>('../../package.json').version,
      },
      schemaUrl === undefined ? {} : { schemaUrl },
    ),
  );
}

/** In the order in which later ones win. */
const DETECTORS = ['host', 'os', 'process', 'servicename', 'serviceinstance'] as const;
type Detector = (typeof DETECTORS)[number];

function detect(names: readonly Detector[]): Attributes {
  const resources = load<typeof Resources>('@opentelemetry/resources');
  const detectors: Record<Detector, () => Attributes> = {
    host: () => (process.platform === 'linux' ? linuxHost() : (resources.hostDetector.detect().attributes ?? {})),
    os: () => resources.osDetector.detect().attributes ?? {},
    process: () => withoutArguments(resources.processDetector.detect().attributes ?? {}),
    servicename: () => resources.serviceNameEnvDetector.detect().attributes ?? {},
    serviceinstance: () => ({ 'service.instance.id': randomUuid() }),
  };
  return Object.assign({}, ...DETECTORS.filter((name) => names.includes(name)).map((name) => detectors[name]()));
}

/** What the library calls these; the others it leaves. */
const ARCHITECTURES: Readonly<Record<string, string>> = { arm: 'arm32', ppc: 'ppc32', x64: 'amd64' };

/** The library reads the id's file asynchronously: too late for a process that ends at once, and a start waits for what that loads. */
function linuxHost(): Attributes {
  const host = { 'host.name': hostname(), 'host.arch': ARCHITECTURES[process.arch] ?? process.arch };
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      return { ...host, 'host.id': readFileSync(path, 'utf8').trim() };
    } catch {
      // Containers often have none.
    }
  }
  return host;
}

/** As random as trace ids are, and made without `node:crypto`, which takes a tenth of a start to load. */
function randomUuid(): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const variant = '89ab'[Math.floor(Math.random() * 4)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
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
