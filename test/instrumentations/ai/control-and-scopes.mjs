// SPDX-License-Identifier: Apache-2.0

// Both in one process: `control-and-scopes.mjs <major> <format> <base>`.
await import('./control-app.mjs');
await import('./scopes-app.mjs');
