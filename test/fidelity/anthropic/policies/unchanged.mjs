// SPDX-License-Identifier: Apache-2.0

// The same policy as for the other SDK: of every kind, and it changes nothing.
import '../../policies/unchanged.mjs';
