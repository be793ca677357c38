// SPDX-License-Identifier: Apache-2.0

/** How the process ends is what is observed, so each of these has one of its own; `ends` says how it should. */
export const isolated = true;

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
const bad = () => ({ status: 400, error: { message: 'Nobody looks at this.', code: 'unseen' } });

export async function aCallThatNobodyAwaitsAndThatFailsEndsTheProcess({ client, print }) {
  process.on('exit', (code) => print({ exit: code }));
  client.chat.completions.create(question);
}
aCallThatNobodyAwaitsAndThatFailsEndsTheProcess.reply = bad;
aCallThatNobodyAwaitsAndThatFailsEndsTheProcess.ends = {
  code: 1,
  stderr: /^BadRequestError: 400 Nobody/m,
  lines: ['{"exit":1}'],
};

export async function aCallThatNobodyAwaitsAndThatSucceedsEndsQuietly({ client, print }) {
  process.on('exit', (code) => print({ exit: code }));
  client.chat.completions.create(question);
  print('called');
}
aCallThatNobodyAwaitsAndThatSucceedsEndsQuietly.ends = { code: 0, lines: ['"called"', '{"exit":0}'] };

export async function aStreamingCallThatNobodyAwaitsAndThatFailsEndsTheProcess({ client }) {
  client.chat.completions.create({ ...question, stream: true });
}
aStreamingCallThatNobodyAwaitsAndThatFailsEndsTheProcess.reply = bad;
aStreamingCallThatNobodyAwaitsAndThatFailsEndsTheProcess.ends = { code: 1, stderr: /^BadRequestError: 400 Nobody/m };

export async function aHelperThatNobodyListensToAndThatFailsEndsTheProcess({ client }) {
  client.chat.completions.stream(question);
}
aHelperThatNobodyListensToAndThatFailsEndsTheProcess.reply = bad;
aHelperThatNobodyListensToAndThatFailsEndsTheProcess.ends = { code: 1, stderr: /^BadRequestError: 400 Nobody/m };

export async function toolsThatNobodyListensToAndThatThrowEndTheProcess({ client }) {
  const fn = () => {
    throw new Error('nobody listens');
  };
  const parameters = { type: 'object', properties: {} };
  client.chat.completions.runTools({
    model: 'gpt-4o',
    messages: question.messages,
    tools: [{ type: 'function', function: { name: 'look', description: 'd', parameters, function: fn } }],
  });
}
toolsThatNobodyListensToAndThatThrowEndTheProcess.reply = () => ({ toolCalls: [{ name: 'look', arguments: {} }] });
toolsThatNobodyListensToAndThatThrowEndTheProcess.ends = { code: 1, stderr: /^OpenAIError: nobody listens/m };

export async function listenersForRejectionsSeeTheSameErrorOnce({ client, print }) {
  process.on('unhandledRejection', (reason) =>
    print({ unhandled: [reason.constructor.name, reason.message, reason.status] }),
  );
  process.on('rejectionHandled', () => print('handled later'));
  client.chat.completions.create(question);
}
listenersForRejectionsSeeTheSameErrorOnce.reply = bad;
listenersForRejectionsSeeTheSameErrorOnce.ends = {
  code: 0,
  lines: ['{"unhandled":["BadRequestError","400 Nobody looks at this.",400]}'],
};

export async function aRejectionThatIsHandledLateIsReportedAndTakenBack({ client, print }) {
  const unhandled = new Promise((resolve) => {
    process.on('unhandledRejection', (reason) => {
      print({ unhandled: reason.message });
      resolve();
    });
  });
  process.on('rejectionHandled', () => print('handled later'));
  const parsed = client.chat.completions.create(question).then((completion) => completion);
  await unhandled;
  await parsed.catch((error) => print({ caught: error.message }));
}
aRejectionThatIsHandledLateIsReportedAndTakenBack.reply = bad;
aRejectionThatIsHandledLateIsReportedAndTakenBack.ends = {
  code: 0,
  lines: ['{"unhandled":"400 Nobody looks at this."}', '{"caught":"400 Nobody looks at this."}', '"handled later"'],
};

export async function aListenerForUncaughtExceptionsSeesTheError({ client, print }) {
  process.on('uncaughtException', (error, origin) =>
    print({ uncaught: [error.constructor.name, error.status, origin] }),
  );
  client.chat.completions.create(question);
}
aListenerForUncaughtExceptionsSeesTheError.reply = bad;
aListenerForUncaughtExceptionsSeesTheError.ends = {
  code: 0,
  lines: ['{"uncaught":["BadRequestError",400,"unhandledRejection"]}'],
};

export async function anExitInTheMiddleOfAStreamKeepsItsCode({ client, print }) {
  const stream = await client.chat.completions.create({ ...question, stream: true });
  for await (const chunk of stream) {
    print(chunk.choices[0].delta);
    if (chunk.choices[0].delta.content) process.exit(7);
  }
}
anExitInTheMiddleOfAStreamKeepsItsCode.reply = (_, __, { until }) => ({
  text: 'one two three',
  gate: (chunk) => (chunk === 2 ? until('never') : undefined),
});
anExitInTheMiddleOfAStreamKeepsItsCode.ends = { code: 7 };

export async function anExitCodeOfTheApplicationIsKept({ client, print }) {
  process.exitCode = 3;
  const completion = await client.chat.completions.create(question);
  print(completion.choices[0].message.content);
}
anExitCodeOfTheApplicationIsKept.ends = { code: 3, lines: ['"Hello there, friend."'] };

export async function anErrorOfTheApplicationIsPrintedAsBefore({ client }) {
  await client.chat.completions.create(question);
  throw new Error('a bug of the application');
}
anErrorOfTheApplicationIsPrintedAsBefore.ends = { code: 1, stderr: /^Error: a bug of the application/m };

export async function theProcessEndsAfterItsLastCall({ client, print }) {
  let ends = 0;
  process.on('beforeExit', () => {
    ends += 1;
    print({ beforeExit: ends });
  });
  process.on('exit', (code) => print({ exit: code }));
  await client.chat.completions.create(question);
  for await (const _chunk of await client.chat.completions.create({ ...question, stream: true }));
  await client.responses.create({ model: 'gpt-5', input: 'Hi' });
  print('done');
}
theProcessEndsAfterItsLastCall.ends = { code: 0, lines: ['"done"', '{"beforeExit":1}', '{"exit":0}'] };

export async function listenersOfTheProcessAreThoseOfTheApplication({ client, print }) {
  await client.chat.completions.create(question);
  const events = ['uncaughtException', 'unhandledRejection', 'rejectionHandled', 'warning', 'multipleResolves'];
  print(events.map((event) => [event, process.listenerCount(event)]));
}
listenersOfTheProcessAreThoseOfTheApplication.ends = { code: 0 };

export async function aSignalEndsTheProcessAsBefore({ client, print, arrived }) {
  client.chat.completions.create(question).catch(() => print('never'));
  await arrived(1);
  print('about to go');
  process.kill(process.pid, 'SIGTERM');
}
aSignalEndsTheProcessAsBefore.reply = () => ({ hang: true });
aSignalEndsTheProcessAsBefore.ends = { signal: 'SIGTERM', lines: ['"about to go"'] };
