// SPDX-License-Identifier: Apache-2.0

/** What a scenario of the Anthropic SDK is given: a client for its server, and the package. */
export async function anthropicScenario({ anthropic, load }, origin) {
  const { Anthropic } = anthropic;
  const { APIPromise } = anthropic.APIPromise ? anthropic : await load('core');
  const newClient = (options) => new Anthropic({ apiKey: 'sk-test', baseURL: origin, maxRetries: 0, ...options });
  return { ...anthropic, anthropic, Anthropic, APIPromise, url: origin, newClient, client: newClient() };
}
