// SPDX-License-Identifier: Apache-2.0

/** A tool's result in the form of the protocol. */
export interface ToolResult {
  readonly content: readonly { readonly type: 'text'; readonly text: string }[];
  readonly isError: true;
}

/** The form in which the protocol tells a model that a tool has failed. */
export const failedResult = (text: string): ToolResult => ({ content: [{ type: 'text', text }], isError: true });

/** For `failed` of a managed tool. What a failed tool says is a payload like any other result: none of it belongs into a description. */
export function failureOf(result: unknown): string | undefined {
  return (result as Partial<ToolResult> | undefined)?.isError === true ? '' : undefined;
}
