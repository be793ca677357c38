// SPDX-License-Identifier: Apache-2.0

/** The systems under measurement: a file each in `systems/`. */
export const SYSTEMS = {
  plain: 'plain',
  stringify: 'two JSON.stringify',
  context: 'context.with',
  span: 'bare OTel span',
  'hand-wired': 'OTel by hand',
  flow: 'Flow',
  'nemo-flow': 'nemo-flow-node',
  'nemo-relay': 'nemo-relay-node',
  'otel-openai': 'OpenTelemetry openai',
  openinference: 'OpenInference openai',
  openllmetry: 'OpenLLMetry openai',
  'openinference-anthropic': 'OpenInference anthropic',
  /** Not measured through a file: what Node itself costs, and the stock register flag. */
  node: 'node',
  'stock-register': 'auto-instrumentations register',
} as const;
export type SystemName = keyof typeof SYSTEMS;
/** Those that are installed when they are measured. */
export const FROM_PEERS: readonly SystemName[] = [
  'nemo-flow',
  'nemo-relay',
  'otel-openai',
  'openinference',
  'openllmetry',
  'openinference-anthropic',
  'stock-register',
];

/** What is measured, and in which unit. */
export const MEASURES = {
  wall: 'us',
  cpu: 'us',
  /** Allocated, by V8 and by native code. */
  bytes: 'B',
  'start-up': 'ms',
  rss: 'MB',
  /** Kept for a trajectory. */
  held: 'B/call',
  'export-10k': 'us/event',
  'export-100k': 'us/event',
  block: 'ms',
} as const;
export type Measure = keyof typeof MEASURES;

/** What Flow may cost at most, as a multiple of what the other system costs in the same run. */
export interface Target {
  /** Default `time`: wall and CPU time, of which the worse ratio counts. */
  readonly of?: Measure | 'time';
  /** Absent: the figure itself is judged. */
  readonly than?: SystemName;
  /** The other figure, where it is not the same measure. */
  readonly thanOf?: Measure;
  /** The other figure is from this case. Its process runs in the same rounds. */
  readonly thanCase?: string;
  /** Absent: the ratio is shown and nothing is demanded. */
  readonly atMost?: number;
  /** What we would like. */
  readonly stretch?: number;
}

/** One row of the table: a kind of call under given conditions. */
export interface Case {
  readonly name: string;
  readonly title: string;
  readonly work: 'tool' | 'model' | 'stream' | 'client' | 'client-stream';
  readonly systems: readonly SystemName[];
  readonly targets: readonly Target[];
  /** A provider that records spans is registered. */
  readonly recording?: true;
  /** One subscriber gets every event and, with `reads`, looks at its payload: who parses payloads only then pays for it only then. */
  readonly subscriber?: 'counts' | 'reads';
  /** Payloads are written on spans. */
  readonly content?: true;
  /** So many middlewares of each of the five kinds. */
  readonly ofEachKind?: number;
  /** Size of the tool's arguments and of its result, as JSON. */
  readonly bytes?: number;
  /** Calls that are under way at once. */
  readonly concurrency?: number;
  /** Chunks of one streamed call; then the figures are per chunk. */
  readonly chunks?: number;
  /** The figures are what the system adds to the plain call, which does something of its own. */
  readonly added?: true;
  /**
   * Each round is a process of its own for each system: the difference that counts is small beside the figures, and how one process turned out, its
   * compiled code and its heap, makes a larger one.
   */
  readonly apart?: true;
  /** Batches so many times as long as others: what is told apart here is less than a collection of garbage makes of a short one. */
  readonly batchFactor?: number;
  /** The major of the OpenAI client. */
  readonly openai?: 6 | 7;
  /** The client is that of Anthropic. */
  readonly anthropic?: true;
  /** Allocated bytes are counted too, in processes of their own. */
  readonly allocation?: true;
}
