// SPDX-License-Identifier: Apache-2.0

/** A skill that a tool call loads, and how that shows. */
export interface SkillLoad {
  readonly skill_name: string;
  readonly source: 'skill_tool' | 'structured_read' | 'shell_read';
}

type Look = (args: unknown) => readonly string[];

const SKILL_KEYS = ['skill_name', 'skill', 'name', 'command'];
const PATH_KEYS = [
  'path',
  'file_path',
  'filePath',
  'filepath',
  'file',
  'filename',
  'absolute_path',
  'target_file',
  'uri',
  'paths',
];
const COMMAND_KEYS = ['command', 'cmd', 'script', 'commands', 'input'];
const SKILL_TOOLS: ReadonlySet<string> = new Set(['skill', 'skill_view', 'skillview']);
const READERS =
  /^(?:read|view|open|cat|get|load|fetch|fs_read)(?:_?(?:text|many|multiple))?(?:_?files?)?(?:_?contents?)?$/;
const EDITORS = /^(?:str_replace_(?:based_edit_tool|editor)|text_editor)$/;
const SHELLS =
  /^(?:local_)?(?:bash|sh|zsh|shell|cmd|powershell|pwsh|terminal)(?:_?(?:tool|command|exec))?$|^(?:run|exec|execute)(?:_?(?:in_terminal|terminal|shell|bash))?(?:_?(?:command|cmd))?$/;
const READING_COMMANDS: ReadonlySet<string> = new Set(['cat', 'bat', 'batcat', 'type', 'get-content', 'gc']);
const SUBSHELLS = /^(?:bash|sh|zsh|dash|pwsh|powershell)(?:\.exe)?$/;

/** Longer texts are looked at no further; more skills, parts or words are left out. */
const MAX_TEXT = 4096;
const MAX_LOADS = 16;
const MAX_NAME = 128;

/**
 * The skills that a tool call loads: it is a skill tool, it reads a `SKILL.md`, or its shell command prints one. The name of the tool decides first; for all but a
 * few nothing of the arguments is looked at, and never more than some thousand characters. Never throws.
 */
export function skillLoads(tool: string, args: unknown): readonly SkillLoad[] {
  const found = kindOf(tool);
  if (found === undefined) return [];
  try {
    const names = [...new Set(found.look(args))].slice(0, MAX_LOADS);
    return names.map((name) => ({ skill_name: name, source: found.source }));
  } catch {
    // Arguments that cannot be read load nothing that could be named.
    return [];
  }
}

interface Kind {
  readonly source: SkillLoad['source'];
  readonly look: Look;
}

// The tools of an application are few, and asked about with every call.
const kinds = new Map<string, Kind | undefined>();
const MAX_KINDS = 1000;

function kindOf(tool: string): Kind | undefined {
  if (tool.length > MAX_NAME) return undefined;
  if (kinds.has(tool)) return kinds.get(tool);
  const kind = readKind(tool);
  if (kinds.size < MAX_KINDS) kinds.set(tool, kind);
  return kind;
}

function readKind(tool: string): Kind | undefined {
  // `mcp__files__read_file`, `functions.bash`, `readFile`
  const own = tool.split(/__|[./]/).at(-1) as string;
  const name = own
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
  if (SKILL_TOOLS.has(name)) return { source: 'skill_tool', look: namedSkills };
  if (READERS.test(name)) return { source: 'structured_read', look: readSkills };
  if (EDITORS.test(name)) return { source: 'structured_read', look: viewedSkills };
  return SHELLS.test(name)
    ? { source: 'shell_read', look: (args) => printedSkills(textIn(args, COMMAND_KEYS)) }
    : undefined;
}

function namedSkills(args: unknown): readonly string[] {
  const [name] = textsIn(args, SKILL_KEYS);
  const plain = name?.trim().replace(/^\//, '') ?? '';
  return plain === '' || plain.length > MAX_NAME || /[\r\n]/.test(plain) ? [] : [plain];
}

const readSkills: Look = (args) => textsIn(args, PATH_KEYS).flatMap((path) => skillOf(path));

const viewedSkills: Look = (args) => (field(args, 'command') === 'view' ? readSkills(args) : []);

/** The folder of a `SKILL.md` names the skill; `within` is the folder that a relative path starts from. */
function skillOf(path: string, within = ''): readonly string[] {
  const parts = `${within}/${path.trim()}`.split(/[/\\]+/).filter((part) => part !== '' && part !== '.');
  const name = parts.at(-2);
  return parts.at(-1)?.toLowerCase() === 'skill.md' && name !== undefined && name !== '..' && name.length <= MAX_NAME
    ? [name]
    : [];
}

function printedSkills(command: string, depth = 0): readonly string[] {
  const found: string[] = [];
  let within = '';
  // Whoever only wants to know whether there is one pays for this search alone.
  if (!/skill\.md/i.test(command)) return found;
  for (const words of commandsIn(command)) {
    const [first = '', ...rest] = words;
    const program = first.slice(Math.max(first.lastIndexOf('/'), first.lastIndexOf('\\')) + 1).toLowerCase();
    if (program === 'cd') within = rest.at(-1) ?? '';
    else if (READING_COMMANDS.has(program)) for (const word of operands(rest)) found.push(...skillOf(word, within));
    else if (SUBSHELLS.test(program) && depth === 0)
      found.push(...rest.flatMap((word) => (/\s/.test(word) ? printedSkills(word, 1) : [])));
  }
  return found;
}

// Without what the output goes to: that is written, not read.
function operands(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, index) => !word.startsWith('-') && !word.includes('>') && !words[index - 1]?.endsWith('>'),
  );
}

/** The words of each simple command; quotes are taken off. */
function commandsIn(command: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const [, word, double, single, separator] of command.matchAll(
    /((?:[^\s;&|"'<>\\]|\\.|\d?>+)+)|"((?:[^"\\]|\\.)*)"|'([^']*)'|(;|&&?|\|\|?|\n)/g,
  ))
    if (separator !== undefined) commands.push([]);
    else commands.at(-1)?.push(word ?? double ?? single ?? '');
  return commands;
}

function textIn(args: unknown, keys: readonly string[]): string {
  const texts = textsIn(args, keys);
  // An argument vector: each word is one.
  return texts.length === 1
    ? (texts[0] as string)
    : texts.map((text) => (/\s/.test(text) ? `'${text}'` : text)).join(' ');
}

/** The texts under the first of these keys that is there, or the arguments themselves where they are a text. */
function textsIn(args: unknown, keys: readonly string[]): readonly string[] {
  const value =
    typeof args === 'string'
      ? fromText(args, keys)
      : keys.map((key) => field(args, key)).find((each) => each !== undefined);
  const list = Array.isArray(value) ? value.slice(0, MAX_LOADS) : [value];
  return list.filter((each): each is string => typeof each === 'string').map((each) => each.slice(0, MAX_TEXT));
}

function fromText(text: string, keys: readonly string[]): unknown {
  if (!text.trimStart().startsWith('{') || text.length > MAX_TEXT) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    return keys.map((key) => field(parsed, key)).find((each) => each !== undefined);
  } catch {
    return text;
  }
}

function field(args: unknown, key: string): unknown {
  return typeof args === 'object' && args !== null ? (args as Record<string, unknown>)[key] : undefined;
}
