// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { LogRecordLimits } from '@opentelemetry/sdk-logs';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { IdGenerator, Sampler, SpanLimits } from '@opentelemetry/sdk-trace';

import type { ConfigFile } from './config-file.ts';
import type { ConfigModel, ResourceModel } from './config-file-model.ts';
import { loadFileThrough, loadThrough } from './load-through.ts';

/** The parts of the SDK that OpenTelemetry's own code makes of a configuration file. Each throws on what it does not know. */
interface FromConfig {
  createPropagatorFromConfig(propagator: object): Api.TextMapPropagator | undefined;
  createSamplerFromConfig(sampler: object | undefined): Sampler | undefined;
  createSpanLimitsFromConfig(limits: object | undefined, general: object | undefined): SpanLimits | undefined;
  createIdGeneratorFromConfig(generator: object | undefined): IdGenerator | undefined;
  createLogRecordLimitsFromConfig(limits: object | undefined, general: object | undefined): LogRecordLimits | undefined;
  createMeterProviderFromConfig(resource: Resource, provider: object): MeterProvider;
}

function fromConfig(): FromConfig {
  return loadFileThrough<FromConfig>('@opentelemetry/sdk-node', 'create-from-config.cjs');
}

/** None where the file names none, as the specification has it. */
export function propagatorFromFile({ model }: ConfigFile): Api.TextMapPropagator | undefined {
  return model?.propagator ? fromConfig().createPropagatorFromConfig(model.propagator) : undefined;
}

/** What decides about spans, and what one may hold. */
export function spanRulesFromFile({ tracer_provider, attribute_limits }: ConfigModel): {
  readonly sampler?: Sampler;
  readonly spanLimits?: SpanLimits;
  readonly idGenerator?: IdGenerator;
} {
  const from = fromConfig();
  const sampler = from.createSamplerFromConfig(tracer_provider?.sampler ?? undefined);
  const spanLimits = from.createSpanLimitsFromConfig(
    tracer_provider?.limits ?? undefined,
    attribute_limits ?? undefined,
  );
  const idGenerator = from.createIdGeneratorFromConfig(tracer_provider?.id_generator ?? undefined);
  return { ...(sampler && { sampler }), ...(spanLimits && { spanLimits }), ...(idGenerator && { idGenerator }) };
}

/** What one log record may hold. */
export function logLimitsFromFile({ logger_provider, attribute_limits }: ConfigModel): LogRecordLimits | undefined {
  return fromConfig().createLogRecordLimitsFromConfig(
    logger_provider?.limits ?? undefined,
    attribute_limits ?? undefined,
  );
}

interface WithViews {
  readonly _sharedState: { viewRegistry: unknown };
}

/** Gives the provider the file's views. No public call takes one apart from the constructor, which wants them made already. */
export function applyViews(provider: MeterProvider, resource: Resource, { meter_provider }: ConfigModel): void {
  if (!meter_provider?.views?.length) return;
  const made = fromConfig().createMeterProviderFromConfig(resource, { readers: [], views: meter_provider.views });
  (provider as unknown as WithViews)._sharedState.viewRegistry = (
    made as unknown as WithViews
  )._sharedState.viewRegistry;
}

interface Merging {
  mergeResourceAttributesConfig(
    attributes: unknown,
    list: unknown,
  ): readonly { name: string; value: unknown }[] | undefined;
  mergeHeadersConfig(headers: unknown, list: unknown): Record<string, string> | undefined;
}

const merging = (): Merging => loadThrough<Merging>('@opentelemetry/configuration');

/** `resource.attributes` over `resource.attributes_list`. */
export function attributesFromFile({ attributes, attributes_list }: ResourceModel): Record<string, unknown> {
  const merged = merging().mergeResourceAttributesConfig(attributes ?? undefined, attributes_list ?? undefined) ?? [];
  return Object.fromEntries(merged.filter(({ value }) => value !== null).map(({ name, value }) => [name, value]));
}

/** `headers` over `headers_list`. */
export function headersFromFile(headers: unknown, list: unknown): Readonly<Record<string, string>> {
  return merging().mergeHeadersConfig(headers ?? undefined, list ?? undefined) ?? {};
}
