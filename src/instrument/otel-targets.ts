// SPDX-License-Identifier: Apache-2.0

/** When an instrumentation of OpenTelemetry starts: before one of these modules loads, with Flow itself, or soon after it. */
export type Target = readonly string[] | 'at start' | 'after start';

/**
 * The instrumentations that are known, by short name. Which modules one patches it says itself only when it is loaded, and that is what is to be
 * put off; the table is what `@opentelemetry/auto-instrumentations-node` 0.82 brings.
 */
export const TARGETS: Readonly<Record<string, Target>> = {
  amqplib: ['amqplib'],
  // Patches the handler, whose module only Lambda knows.
  'aws-lambda': 'at start',
  'aws-sdk': [
    '@aws-sdk/middleware-stack',
    '@aws-sdk/smithy-client',
    '@smithy/core',
    '@smithy/middleware-stack',
    '@smithy/smithy-client',
    'aws-sdk',
  ],
  bunyan: ['bunyan'],
  'cassandra-driver': ['cassandra-driver'],
  connect: ['connect'],
  cucumber: ['@cucumber/cucumber'],
  dataloader: ['dataloader'],
  dns: ['dns'],
  express: ['express'],
  fastify: ['fastify'],
  fs: ['fs'],
  'generic-pool': ['generic-pool'],
  graphql: ['graphql'],
  grpc: ['@grpc/grpc-js'],
  hapi: ['@hapi/hapi'],
  'host-metrics': 'after start',
  http: ['http', 'https'],
  ioredis: ['ioredis'],
  kafkajs: ['kafkajs'],
  knex: ['knex'],
  koa: ['koa', '@koa/router', 'koa-router'],
  'lru-memoizer': ['lru-memoizer'],
  memcached: ['memcached'],
  mongodb: ['mongodb'],
  mongoose: ['mongoose'],
  mysql: ['mysql'],
  mysql2: ['mysql2'],
  'nestjs-core': ['@nestjs/core', '@nestjs/common'],
  net: ['net'],
  oracledb: ['oracledb'],
  pg: ['pg', 'pg-pool'],
  pino: ['pino'],
  redis: ['redis', '@redis/client', '@node-redis/client'],
  'redis-4': ['redis', '@redis/client', '@node-redis/client'],
  restify: ['restify'],
  router: ['router'],
  'runtime-node': 'after start',
  'socket.io': ['socket.io'],
  tedious: ['tedious'],
  winston: ['winston'],
};

/** Started only where `OTEL_NODE_ENABLED_INSTRUMENTATIONS` names them, as elsewhere: what they tell is much and of little use. */
export const ON_DEMAND: readonly string[] = ['fs', 'host-metrics'];
