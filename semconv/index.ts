// SPDX-License-Identifier: Apache-2.0
export { GEN_AI, STABLE } from './gen-ai.ts';
export { ATOF, METADATA } from './flow.ts';
