// SPDX-License-Identifier: Apache-2.0

/** The first rows of the table of settings: whether Flow is in force, what it says, and what policy does where it cannot be honoured. */
export const CONTROL_SETTINGS = {
  FLOW_DISABLED: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'Everything off: no SDK, no patches, no policy.',
  },
  FLOW_LOG: {
    values: ['none', 'error', 'warn', 'info', 'debug'],
    default: 'warn',
    meaning: "Which of Flow's own lines are printed, always to standard error. On a terminal the default is `info`.",
  },
  FLOW_CONFIG: {
    form: 'file',
    default: '',
    meaning:
      'Plugin and policy document. Not supported yet: policy fails closed, so setting it stops the start (exit code 78).',
  },
  FLOW_POLICY_ON_ERROR: {
    values: ['stop', 'warn'],
    default: 'stop',
    meaning: 'What a policy document that cannot be honoured does to the start.',
  },
  FLOW_UNPATCHED: {
    values: ['warn', 'refuse'],
    default: 'warn',
    meaning:
      'What happens, while policy is in force, to an AI SDK that loads without the patch point of its model calls, and to request bodies that policy cannot read.',
  },
  FLOW_REQUIRE_COVERAGE: {
    values: ['1', '0', 'true', 'false'],
    default: '0',
    meaning: 'For CI: a process that loaded an AI SDK of which a patch point is missing ends with exit code 1.',
  },
} as const;
