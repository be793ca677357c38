// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

type Declaration = { readonly union: string } | { readonly body: string; readonly parent: string | undefined };

/** The declarations of a published `.d.ts` file by their qualified names. */
export type PublishedTypes = ReadonlyMap<string, Declaration>;

/** Reads a declaration file out of an installed package, `openai/resources/responses/responses.d.ts`. */
export function publishedTypes(file: string): PublishedTypes {
  const [name = '', ...path] = file.split('/');
  // Not the file itself: a package need not export its declarations.
  const entry = createRequire(import.meta.url).resolve(name);
  const root = entry.slice(0, entry.indexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length);
  const text = readFileSync(root + path.join('/'), 'utf8').replace(/\/\*[^]*?\*\//g, '');
  const found = new Map<string, Declaration>();
  collect(text, '', found);
  return found;
}

function collect(text: string, prefix: string, found: Map<string, Declaration>): void {
  const start = /\b(interface|namespace|type) (\w+)(?: extends ([\w.]+))?[^={;]*(=|\{)/g;
  for (let match = start.exec(text); match; match = start.exec(text)) {
    const [, kind, name, parent, opener] = match;
    const from = start.lastIndex;
    const end = opener === '{' ? closing(text, from) : text.indexOf(';\n', from);
    const inner = text.slice(from, end);
    const qualified = prefix + String(name);
    if (kind === 'namespace') collect(inner, `${qualified}.`, found);
    else found.set(qualified, kind === 'type' ? { union: inner } : { body: inner, parent });
    start.lastIndex = end;
  }
}

function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return text.length;
}

/** The values that a field has in the members of a union, or in an interface: every `type` of `ResponseInputItem`, say. */
export function fieldValues(types: PublishedTypes, name: string, field: string): readonly string[] {
  return [...new Set(valuesOf(types, name, field))].toSorted();
}

function valuesOf(types: PublishedTypes, name: string, field: string): readonly string[] {
  // A file calls its own declarations by the name of its module, `ResponsesAPI.ResponseInputItem`.
  const declared = types.get(name) ?? types.get(name.slice(name.indexOf('.') + 1));
  if (!declared) throw new Error(`no declaration of ${name}`);
  if ('union' in declared) {
    const members = declared.union.split('|').map((member) => member.trim());
    return members.filter((member) => member !== '').flatMap((member) => valuesOf(types, member, field));
  }
  const line = new RegExp(`^    ${name.includes('.') ? ' *' : ''}${field}\\??: ([^;{]*);`, 'm').exec(
    declared.body,
  )?.[1];
  if (line === undefined) return declared.parent === undefined ? [] : valuesOf(types, declared.parent, field);
  return [...line.matchAll(/'([^']*)'/g)].map(([, value]) => String(value));
}
