// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { skillLoads } from '../../src/projections/skill-load.ts';

const names = (tool: string, args: unknown): string[] => skillLoads(tool, args).map(({ skill_name }) => skill_name);

describe('a skill tool', () => {
  test.each<[string, unknown, string]>([
    ['skill', { skill: 'pdf' }, 'pdf'],
    ['Skill', { command: 'pdf' }, 'pdf'],
    ['skill_view', { name: ' pdf ' }, 'pdf'],
    ['skill-view', { skill_name: '/plugin:pdf', name: 'other' }, 'plugin:pdf'],
    ['mcp__skills__skill', 'pdf', 'pdf'],
    ['functions.skill', '{"skill":"pdf"}', 'pdf'],
  ])('%s with %j loads the skill it names', (tool, args, name) => {
    expect(skillLoads(tool, args)).toEqual([{ skill_name: name, source: 'skill_tool' }]);
  });

  test.each([[{}], [null], [7], [{ skill: 5 }], [{ skill: '' }], [{ skill: 'a\nb' }], [{ skill: 'x'.repeat(500) }]])(
    'that names none, as with %j, loads none',
    (args) => expect(skillLoads('skill', args)).toEqual([]),
  );
});

describe('a tool that reads files', () => {
  test.each<[string, unknown, string[]]>([
    ['read', { path: '/home/me/skills/pdf/SKILL.md' }, ['pdf']],
    ['Read', { file_path: 'skills/pdf/SKILL.md' }, ['pdf']],
    ['read_file', { target_file: 'C:\\skills\\pdf\\skill.md' }, ['pdf']],
    ['readFile', { uri: 'file:///skills/pdf/SKILL.md' }, ['pdf']],
    ['mcp__files__read_text_file', '{"path":"skills/pdf/SKILL.md"}', ['pdf']],
    ['read_multiple_files', { paths: ['a/SKILL.md', 'a/other.md', 'b/./SKILL.md', 'a/SKILL.md'] }, ['a', 'b']],
    ['str_replace_based_edit_tool', { command: 'view', path: '/skills/pdf/SKILL.md' }, ['pdf']],
    ['get_file_contents', { path: 'pdf/SKILL.md' }, ['pdf']],
  ])('%s loads the skill whose SKILL.md it reads', (tool, args, skills) => {
    expect(skillLoads(tool, args)).toEqual(skills.map((skill_name) => ({ skill_name, source: 'structured_read' })));
  });

  test.each<[string, unknown]>([
    ['read_file', { path: 'skills/pdf/README.md' }],
    ['read_file', { path: 'SKILL.md' }],
    ['read_file', { path: '../SKILL.md' }],
    ['read_file', { path: 'skills/pdf/SKILL.md.bak' }],
    ['read_file', { text: 'skills/pdf/SKILL.md' }],
    ['write_file', { path: 'skills/pdf/SKILL.md' }],
    ['str_replace_based_edit_tool', { command: 'create', path: '/skills/pdf/SKILL.md' }],
    ['search', { path: 'skills/pdf/SKILL.md' }],
    ['spread_file', { path: 'skills/pdf/SKILL.md' }],
  ])('%s with %j loads none', (tool, args) => expect(skillLoads(tool, args)).toEqual([]));
});

describe('a shell', () => {
  test.each<[string, unknown, string[]]>([
    ['bash', { command: 'cat skills/pdf/SKILL.md' }, ['pdf']],
    ['Bash', 'cat skills/pdf/SKILL.md', ['pdf']],
    ['exec_command', { cmd: 'cd /skills/pdf && cat SKILL.md | head -5' }, ['pdf']],
    ['shell', { command: ['bash', '-lc', 'bat -p "/my skills/pdf/SKILL.md"'] }, ['pdf']],
    ['local_shell', { command: ['/bin/cat', '/my skills/pdf/SKILL.md'] }, ['pdf']],
    ['run_command', { command: "ls; cat 'a/SKILL.md' b/SKILL.md 2>/dev/null" }, ['a', 'b']],
    ['powershell', { command: 'Get-Content C:\\skills\\pdf\\SKILL.md' }, ['pdf']],
    ['cmd', { command: 'type skills\\pdf\\SKILL.md' }, ['pdf']],
    ['terminal', { command: 'pwsh -Command "gc ./pdf/SKILL.md"' }, ['pdf']],
    ['bash', { command: 'cat < skills/pdf/SKILL.md' }, ['pdf']],
    ['bash', { command: 'cat "$HOME"/skills/pdf/SKILL.md' }, ['pdf']],
    ['bash', { command: 'echo a\ncat a/SKILL.md\ncat a/SKILL.md' }, ['a']],
  ])('%s with %j loads the skill it prints', (tool, args, skills) => {
    expect(skillLoads(tool, args)).toEqual(skills.map((skill_name) => ({ skill_name, source: 'shell_read' })));
  });

  test.each([
    'cat > skills/pdf/SKILL.md',
    'cat <<EOF >skills/pdf/SKILL.md',
    'cat a.md>skills/pdf/SKILL.md',
    'rm skills/pdf/SKILL.md',
    'echo cat skills/pdf/SKILL.md',
    'ls skills/pdf/SKILL.md',
    'cat SKILL.md',
    '',
  ])('that runs %j loads none', (command) => expect(names('bash', { command })).toEqual([]));
});

describe('whatever a tool is called with', () => {
  const tools = fc.constantFrom('skill', 'read_file', 'text_editor', 'bash', 'search', '');

  test('nothing is thrown and each name is a short text', () => {
    const pieces = fc.constantFrom(
      'cat ',
      '"',
      "'",
      '\\',
      '>',
      ';',
      '&&',
      'cd ',
      'a/SKILL.md',
      '\n',
      ' ',
      '|',
      '{',
      'bash -c ',
    );
    const commands = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));
    const args = fc.oneof(
      fc.anything(),
      commands,
      fc.record({ command: fc.oneof(commands, fc.array(commands), fc.anything()), path: fc.anything() }),
    );
    fc.assert(
      fc.property(tools, args, (tool, given) => {
        const found = names(tool, given);
        for (const name of found) expect(name.length).toBeGreaterThan(0);
        for (const name of found) expect(name.length).toBeLessThanOrEqual(128);
        expect(found.length).toBeLessThanOrEqual(16);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['skill', 'read_file', 'text_editor', 'bash'])(
    '%s may be called with what throws when it is read',
    (tool) => {
      const hostile = new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
        },
      );
      const { proxy, revoke } = Proxy.revocable([], {});
      revoke();
      expect([skillLoads(tool, hostile), skillLoads(tool, { command: proxy, path: proxy, skill: proxy })]).toEqual([
        [],
        [],
      ]);
    },
  );

  test('arguments of other tools are not looked at, and large ones only at their beginning', () => {
    const untouched = new Proxy({}, { get: () => expect.unreachable(), ownKeys: () => expect.unreachable() });
    expect(skillLoads('search', untouched)).toEqual([]);
    const far = `${'echo x; '.repeat(2_000_000)}cat a/SKILL.md`;
    const started = performance.now();
    expect(names('bash', { command: `cat b/SKILL.md; ${far}` })).toEqual(['b']);
    for (const piece of ['"', '\\', '>', "'", '>1', '" \\'])
      names('bash', { command: `cat SKILL.md ${piece.repeat(1_000_000)}` });
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('there may be any number of tools', () => {
    for (let i = 0; i < 3000; i++) skillLoads(`tool ${i}`, {});
    expect(names('text_editor', { command: 'view', path: 'a/SKILL.md' })).toEqual(['a']);
    expect(names('late__read_file', { path: 'a/SKILL.md' })).toEqual(['a']);
    expect(names('x'.repeat(10_000), { path: 'a/SKILL.md' })).toEqual([]);
  });
});
