// SPDX-License-Identifier: Apache-2.0

// The policy that changes nothing, in servers of processes of their own, which have the arguments of the application that starts them.
if (process.argv[1].endsWith('serve.mjs')) await import('./allow.mjs');
