// SPDX-License-Identifier: Apache-2.0
throw new Error('the list of allowed tools is missing');
