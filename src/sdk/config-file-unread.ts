// SPDX-License-Identifier: Apache-2.0

/** What is read of the parts of a configuration file: the keys of each, `*` for entries of a list or names of our own choice. */
interface Part {
  readonly [key: string]: Part | true;
}

const OTLP: Part = {
  endpoint: true,
  encoding: true,
  compression: true,
  timeout: true,
  headers: true,
  headers_list: true,
  tls: true,
  temporality_preference: true,
  default_histogram_aggregation: true,
};
const BATCH: Part = {
  schedule_delay: true,
  export_timeout: true,
  max_queue_size: true,
  max_export_batch_size: true,
  exporter: { '*': OTLP },
};
const PROCESSORS: Part = { '*': { '*': BATCH } };
const PULL: Part = { host: true, port: true, scope_info_enabled: true, 'target_info_enabled/development': true };
const MODEL: Part = {
  disabled: true,
  log_level: true,
  attribute_limits: true,
  propagator: true,
  resource: {
    attributes: true,
    attributes_list: true,
    schema_url: true,
    'detection/development': { detectors: { '*': { host: true, process: true, service: true } } },
  },
  tracer_provider: { processors: PROCESSORS, limits: true, sampler: true, id_generator: true },
  logger_provider: { processors: PROCESSORS, limits: true },
  meter_provider: {
    readers: {
      '*': {
        periodic: { interval: true, timeout: true, exporter: { '*': OTLP } },
        pull: { exporter: { '*': PULL } },
      },
    },
    views: true,
  },
  distribution: true,
};

/** Paths of what a file says in vain: valid by the schema, and without effect here. */
export function unreadParts(model: object, part: Part = MODEL, path: string = ''): readonly string[] {
  return Object.entries(model).flatMap(([key, value]) => {
    const known = part[key] ?? part['*'];
    const here = Array.isArray(model) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (known === undefined) return value === null || value === undefined ? [] : [here];
    return known === true || typeof value !== 'object' || value === null ? [] : unreadParts(value, known, here);
  });
}
