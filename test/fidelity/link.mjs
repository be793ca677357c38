// SPDX-License-Identifier: Apache-2.0

/**
 * A scenario's way to the test that answers its requests, beside HTTP so that it is no part of what is compared. The
 * process listens only while it waits for an answer: the link never keeps it alive by itself.
 */
export function openLink(key) {
  const ask = (question) =>
    new Promise((resolve) => {
      const onMessage = (message) => {
        if (message.key !== key || message.question !== JSON.stringify(question)) return;
        process.off('message', onMessage);
        resolve(message.answer);
      };
      process.on('message', onMessage);
      process.send({ key, question });
    });
  return {
    /** Resolves when the server has read this many requests of the scenario. */
    arrived: (count = 1) => ask({ arrived: count }),
    /** Opens a gate that the scenario's reply waits at. */
    release: (gate) => ask({ release: gate }),
    /** How many chunks the server has handed to the socket for each request so far. */
    chunksSent: () => ask({ chunksSent: true }),
    /** Everything the scenario sent so far, once each exchange has ended. */
    requests: () => ask({ requests: true }),
    /** How each exchange of the scenario ended, once all have: 'finished', 'aborted' (the client left) or 'cut'. */
    outcomes: () => ask({ outcomes: true }),
  };
}
