// SPDX-License-Identifier: Apache-2.0

import type { OlderMajor } from './applications.ts';
import type { ScenarioFile } from './scenario-files.ts';

type Names = Readonly<Record<string, readonly string[]>>;

/** What only version 7 does, by file: its tool runner for responses, its time limit for bodies, its error for a key that is missing. */
const untilSix: Names = {
  'chat-create': ['emptyBodiesAndOtherContentTypesAreWhatTheSdkMakesOfThem'],
  clients: ['anAzureClientTakesTheModelAsDeployment'],
  'responses-stream': ['anErrorEventIsAnError'],
  'responses-tool-runner': [
    'aToolThatThrowsEndsTheRun',
    'itStreamsTheSameWay',
    'itsToolsAreCalledAndTheirOutputsSent',
    'itsTurnsCanBeIterated',
  ],
  execution: ['aBodyThatDoesNotComeIsStillATimeout', 'abortingWhileTheBodyArrivesIsStillAnAbort'],
};

/** Until version 5 a tool that fails keeps the others from running, and helpers of responses have neither its text nor parsed arguments. */
const untilFive: Names = {
  'chat-run-tools': ['aToolThatThrowsEndsTheRun', 'aToolThatThrowsEndsTheRunWhileStreaming'],
  'responses-create': ['zodToolsOfAResponseAreParsed'],
  'responses-stream': ['theHelperGivesEventsInOrderAndTheFinalResponse'],
};

/** Version 4 fetches with node-fetch, whose responses and bodies are others, and has no `withOptions`, logger, or key from a function. */
const onlyFour: Names = {
  'chat-create': [
    'aMalformedBodyIsASyntaxError',
    'asResponseGivesTheRawResponseBeforeItsBodyIsRead',
    'theBodyOfARawResponseCanBeReadAsAStream',
  ],
  'chat-stream': [
    'abortingTheControllerBeforeReadingGivesNothing',
    'cancellingTheRawBodyAbortsTheRequest',
    'theServerIsHeldBackWhileNobodyReadsTheRawBody',
  ],
  clients: [
    'aKeyFromAFunctionIsAskedForEachRequest',
    'aLoggerSeesTheSameLines',
    'aRawPostWithAnAbsoluteUrlOrTextBodyWorks',
    'aSubclassWithItsOwnHooksIsCalledAsBefore',
    'anAzureClientUsesItsDeploymentInEveryWay',
    'withOptionsMakesAClientThatWorks',
  ],
  errors: [
    'aBodyThatBreaksOffIsTheErrorOfTheTransport',
    'aRefusedConnectionIsAConnectionErrorWithItsCause',
    'requestsThatTheSdkRefusesNeverReachTheServer',
  ],
  'responses-create': ['otherEndpointsOfResponsesWork'],
};

const absent: Readonly<Record<OlderMajor, readonly Names[]>> = {
  4: [untilSix, untilFive, onlyFour],
  5: [untilSix, untilFive],
  6: [untilSix],
};

/** A file without the scenarios that are about something which the major has not, whether Flow is there or not. */
export function forMajor(major: OlderMajor, { file, target, scenarios, isolated }: ScenarioFile): ScenarioFile {
  const left = absent[major].flatMap((names) => names[file] ?? []);
  const kept = scenarios.filter(({ name }) => !left.includes(name));
  return { file, target: [target, ...left].join('!'), scenarios: kept, isolated };
}
