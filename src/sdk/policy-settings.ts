// SPDX-License-Identifier: Apache-2.0
import type { Settings } from './environment.ts';
import type { SettingProblem, SettingReader } from './setting-reader.ts';
import { SETTINGS } from './settings.ts';

const POLICY_FIX = 'policy documents are not supported yet; register policy in a module: --import ./policy.mjs';
/** Policy that cannot be honoured. `FLOW_POLICY_ON_ERROR=warn` turns what would stop the start into a warning. */
export function readPolicyErrors(
  reader: SettingReader,
  { disabled, configFile }: Pick<Settings, 'disabled' | 'configFile'>,
): readonly SettingProblem[] {
  const onError = reader.choice('FLOW_POLICY_ON_ERROR') ?? SETTINGS.FLOW_POLICY_ON_ERROR.default;
  const config = reader.text('FLOW_CONFIG');
  const unpatched = reader.text('FLOW_UNPATCHED');
  const errors: SettingProblem[] = [];
  if (config !== undefined) errors.push({ setting: 'FLOW_CONFIG', value: config, fix: POLICY_FIX });
  if (configFile?.model?.distribution?.['flow'] !== undefined)
    errors.push({ setting: 'OTEL_CONFIG_FILE', value: configFile.path, fix: `distribution.flow: ${POLICY_FIX}` });
  // Taken for `warn`, a misspelt `refuse` would let through what somebody wanted refused.
  if (unpatched !== undefined && !['warn', 'refuse'].includes(unpatched.toLowerCase()))
    errors.push({ setting: 'FLOW_UNPATCHED', value: unpatched, fix: 'use warn or refuse' });
  if (disabled) return [];
  if (onError === 'stop') return errors;
  for (const { setting, value, fix } of errors) reader.report(setting, fix, value);
  return [];
}
