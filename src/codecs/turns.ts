// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage } from './annotated.ts';
import { type PartDialect, readParts, writeParts } from './turn-parts.ts';
import { messagePairing } from './message-pairing.ts';
import { patchList, setFields } from './patch.ts';
import { defined, isObject, stringOf } from './read.ts';

/** The stretch of a turn that is one message. */
interface Piece {
  readonly message: AnnotatedMessage;
  /** The role as the provider writes it. */
  readonly role: string;
  readonly parts: readonly Json[];
  /** The position of the turn that it comes from; a new message comes from none. */
  readonly turn: number | undefined;
}

interface Group {
  readonly role: string;
  readonly pieces: Piece[];
}

/** Turns as messages: each result of a call is one of its own, and what stands between two of them is one. */
export function readTurns(turns: readonly Json[], dialect: PartDialect): readonly AnnotatedMessage[] {
  return piecesOf(turns, dialect).map(({ message }) => message);
}

/**
 * The turns after an edit of what `readTurns` gave. Pieces of one turn that still stand together are put together again; new results
 * of calls join those beside them, because a provider wants all that answer one turn in one.
 */
export function writeTurns(
  turns: readonly Json[],
  after: readonly AnnotatedMessage[],
  dialect: PartDialect,
): readonly Json[] {
  const before = piecesOf(turns, dialect);
  const pieces = [...before];
  const numbers: readonly Json[] = [...before.keys()];
  const order = patchList(
    numbers,
    before.map(({ message }) => message),
    after,
    {
      ...messagePairing,
      write: (message, previous, number) => {
        const replaced = pieces[number as number];
        const same = replaced !== undefined && previous?.role === message.role;
        const role = same ? replaced.role : dialect.wireRole(message.role);
        const parts = writeParts(message, previous, replaced?.parts ?? [], dialect);
        return [pieces.push({ message, role, parts, turn: replaced?.turn }) - 1];
      },
    },
  );
  if (order === numbers) return turns;
  const groups = grouped(
    order.map((number) => pieces[number as number] as Piece),
    dialect,
  );
  const byTurn = Map.groupBy(before, ({ turn }) => turn);
  return groups.map((group) => writeTurn(group, turns, byTurn, dialect));
}

function piecesOf(turns: readonly Json[], dialect: PartDialect): readonly Piece[] {
  return turns.flatMap((turn, index) => piecesOfTurn(turn, index, dialect));
}

function piecesOfTurn(turn: Json, index: number, dialect: PartDialect): readonly Piece[] {
  if (!isObject(turn)) {
    return [{ message: { role: 'unknown', content: turn }, role: 'unknown', parts: [], turn: index }];
  }
  const role = dialect.roleOf(turn);
  const wire = stringOf(turn['role']) ?? dialect.wireRole(role);
  const list = turn[dialect.list];
  if (!Array.isArray(list)) {
    const message = defined<AnnotatedMessage>({ role, content: list ?? undefined });
    const parts = list == null ? [] : [typeof list === 'string' ? { text: list } : list];
    return [{ message, role: wire, parts, turn: index }];
  }
  return stretches(list, dialect).map((parts): Piece => {
    const [first] = parts;
    const result = first !== undefined && dialect.kind(first) === 'result';
    const message = result ? dialect.readResult(first) : readParts(role, parts, dialect);
    return { message, role: wire, parts, turn: index };
  });
}

function stretches(parts: readonly Json[], dialect: PartDialect): readonly (readonly Json[])[] {
  const found: Json[][] = parts.length === 0 ? [[]] : [];
  let open: Json[] | undefined;
  for (const part of parts) {
    const result = dialect.kind(part) === 'result';
    if (open && !result) open.push(part);
    else found.push((open = [part]));
    if (result) open = undefined;
  }
  return found;
}

function grouped(pieces: readonly Piece[], dialect: PartDialect): readonly Group[] {
  const groups: Group[] = [];
  for (const [index, piece] of pieces.entries()) {
    const group = groups.at(-1);
    const next = (): Piece | undefined => pieces.slice(index + 1).find(({ turn }) => turn !== undefined);
    if (group?.role === piece.role && belongs(piece, group.pieces, dialect, next)) group.pieces.push(piece);
    else groups.push({ role: piece.role, pieces: [piece] });
  }
  return groups;
}

function belongs(
  { turn, message }: Piece,
  group: readonly Piece[],
  { alternating }: PartDialect,
  next: () => Piece | undefined,
): boolean {
  const last = group.findLast((piece) => piece.turn !== undefined)?.turn;
  if (turn !== undefined && last !== undefined) {
    // Turns that stood beside each other before the edit are none of our business.
    return turn === last || (alternating && turn !== last + 1);
  }
  if (alternating || (message.role === 'tool' && group.some(isResult))) return true;
  return last !== undefined && next()?.turn === last;
}

function isResult({ message }: Piece): boolean {
  return message.role === 'tool';
}

function writeTurn(
  { role, pieces }: Group,
  turns: readonly Json[],
  before: ReadonlyMap<number | undefined, readonly Piece[]>,
  dialect: PartDialect,
): Json {
  const parts = pieces.flatMap((piece) => piece.parts);
  const index = pieces.find((piece) => piece.turn !== undefined)?.turn;
  const turn = index === undefined ? undefined : turns[index];
  const all = before.get(index) ?? [];
  const untouched = all.length === pieces.length && all.every((piece, place) => piece === pieces[place]);
  if (turn !== undefined && untouched) return turn;
  if (!isObject(turn)) return { role, [dialect.list]: parts };
  const sameRole = role === (stringOf(turn['role']) ?? dialect.wireRole(dialect.roleOf(turn)));
  const listed = parts.length > 0 || Array.isArray(turn[dialect.list]);
  return setFields(turn, { ...(sameRole ? {} : { role }), ...(listed ? { [dialect.list]: parts } : {}) });
}
