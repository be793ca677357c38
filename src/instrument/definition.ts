// SPDX-License-Identifier: Apache-2.0

/** One copy of a package that the application loaded. */
export interface LoadedPackage {
  /** What `require` returned or `import` gives as namespace. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a foreign SDK's object
  readonly exports: any;
  readonly name: string;
  readonly version: string;
  /** How it was loaded; `bundled` where no hook saw that: out of a bundle, or by the modules of a test runner. */
  readonly format: 'esm' | 'cjs' | 'bundled';
  readonly path: string;
  /** Counts the calls of this copy that pass a patch point, and those of which a request is under way. */
  readonly tally: { calls: number; sending: number };
}

/** How one SDK is patched. A plain value: tables and small readers, no machinery. */
export interface Instrumentation {
  /** Short name, as `OTEL_NODE_ENABLED_INSTRUMENTATIONS` has it. */
  readonly name: string;
  /** The package as the application names it. */
  readonly module: string;
  /** Other specifiers under which the application may import parts of it that hold patch points. */
  readonly entries: readonly string[];
  /** Files that hold patch points and that only the package itself imports, by a path: `@scope/name/dist/file.mjs`. */
  readonly internals?: readonly string[];
  /** Names of the patch points that every model call passes: where one is missing, policy cannot see the calls. */
  readonly seams: readonly string[];
  /** Majors that the patch points were tested on. A newer one is patched too, with a warning when a point is missing. */
  readonly majors: readonly [oldest: number, newest: number];
  /** The version with which all patch points were there, where that was not the first of the oldest major; after a space, what else to say of it. */
  readonly since?: string;
  /** How its requests look. Absent where it sends none. */
  readonly wire?: Wire;
  /**
   * Of a framework that an SDK beneath sends for: finds its own name in the user agent of those requests, and its version after it. The calls of its tools pass
   * no seam beneath.
   */
  readonly userAgent?: RegExp;
  /** What an application keeps out of its bundle to have all of it patched, in words for people; the module itself where it is left out. */
  readonly external?: string;
  /** What of this package passes no patch point: rows of `docs/what-policy-cannot-see.md`. */
  readonly unseen: readonly Unseen[];
  /** The class by which exports, or a class, are known as this package's, such as the client's; undefined where they are not. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a foreign SDK's object
  clientIn(exports: any): unknown;
  /** Patches a loaded copy in place. Returns the names of the points that were patched, and of those that are missing. */
  patch(loaded: LoadedPackage): PatchReport;
}

/** By what the requests of an SDK are known when none of its copies was seen to load. */
export interface Wire {
  /** Finds the SDK's own name in the user agent of its requests, and its version after it. */
  readonly userAgent: RegExp;
  /** The same where a minifier has left nothing of the name: other SDKs look like that, so it counts for a model call of one of the majors only. */
  readonly minified?: RegExp;
  /** How the paths end to which model calls are posted. */
  readonly paths: readonly string[];
}

/** Something that policy cannot see, in words for people. */
export interface Unseen {
  readonly what: string;
  /** What they can do about it; "nothing yet" where that is so. */
  readonly instead: string;
}

/** What became of the patch points of one copy. */
export interface PatchReport {
  readonly patched: readonly string[];
  readonly missing: readonly string[];
  /** The class whose instances make the calls. Undefined where what was loaded has none. */
  readonly client: unknown;
  /** What the application gets in the place of the exports, where those could not be changed. */
  readonly exports?: unknown;
}
