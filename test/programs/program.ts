// SPDX-License-Identifier: Apache-2.0
import type { ReplyScript } from '../support/openai-server/reply.ts';

/** A published program, one task for it, and what the task leads to. */
export interface Program {
  readonly name: string;
  /** The version of the `openai` package that it loads from its node_modules. */
  readonly openai: string;
  /** The file of its bin, below the folder of installed packages. */
  readonly bin: string;
  /** Writes into an empty folder what the task needs, and says how the program is called there. */
  prepare(folder: string, origin: string): Command;
  /** The model's part of the task. */
  readonly reply: ReplyScript;
  /** Token counts of the model calls that the task takes, in their order. */
  readonly usage: readonly Usage[];
  /** What the model says last. */
  readonly answer: string;
  /** A file of the folder that the program changes. */
  readonly writes?: string;
  /** The exit code that it chooses itself when the model cannot be called. */
  readonly exitCodeWithoutModel: number;
}

/** How a program is called: its working directory is the folder, and nothing else of our environment reaches it. */
export interface Command {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Tokens that the provider reports for one call. */
export interface Usage {
  readonly input: number;
  readonly output: number;
}
