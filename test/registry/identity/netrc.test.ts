import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findNetrcLogin,
  parseNetrc,
  readNetrc,
  type NetrcEntry,
} from '../../../src/registry/identity/netrc.ts';
import { makeFolder } from '../../make-distribution.ts';

type Shown = [machine: string | undefined, login: string | undefined, password: string | undefined];
const show = (entries: readonly NetrcEntry[]): Shown[] =>
  entries.map(({ machine, login, password }) => [machine, login, password?.reveal()]);

const entriesOf = (text: string): readonly NetrcEntry[] => {
  const parsed = parseNetrc(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
};

describe('parseNetrc', () => {
  it.each<[string, string, Shown[]]>([
    ['nothing', '', []],
    ['blanks', ' \n\t\r\n', []],
    ['one line', 'machine a.example login u password p', [['a.example', 'u', 'p']]],
    ['several lines', 'machine a.example\n\tlogin u\n\tpassword p\n', [['a.example', 'u', 'p']]],
    ['CR LF', 'machine a.example\r\nlogin u\r\npassword p\r\n', [['a.example', 'u', 'p']]],
    [
      'user for login, an account',
      'machine a.example user u account x password p',
      [['a.example', 'u', 'p']],
    ],
    [
      'two machines',
      'machine a login u password p\nmachine b login v password w',
      [
        ['a', 'u', 'p'],
        ['b', 'v', 'w'],
      ],
    ],
    [
      'a default',
      'machine a login u password p default login v password w',
      [
        ['a', 'u', 'p'],
        [undefined, 'v', 'w'],
      ],
    ],
    [
      'a machine alone',
      'machine a\nmachine b password p',
      [
        ['a', undefined, undefined],
        ['b', undefined, 'p'],
      ],
    ],
    ['quotes', 'machine a login "two words" password "p \\" q"', [['a', 'two words', 'p " q']]],
    ['empty quotes', 'machine a login "" password p', [['a', '', 'p']]],
    ['escapes', 'machine a login u password p\\ q\\\\', [['a', 'u', 'p q\\']]],
    ['quotes inside a word', 'machine a login u password p"q', [['a', 'u', 'p"q']]],
    ['comments', '# one\nmachine a # two\nlogin u\n#three\npassword p #four machine b', [['a', 'u', 'p']]],
    ['a value that begins with #', 'machine a login u password #p', [['a', 'u', '#p']]],
    ['a value that is a keyword', 'machine a login machine password default', [['a', 'machine', 'default']]],
    ['a macro', 'macdef init\ncd /pub\nmget *\n\nmachine a login u password p', [['a', 'u', 'p']]],
    [
      'a macro after a machine',
      'machine a login u password p\nmacdef init\npassword x\n\nmachine b login v password w',
      [
        ['a', 'u', 'p'],
        ['b', 'v', 'w'],
      ],
    ],
    ['a macro to the end', 'machine a login u password p\nmacdef init\nmachine b', [['a', 'u', 'p']]],
    ['a byte order mark', '\uFEFFmachine a login u password p', [['a', 'u', 'p']]],
  ])('reads %s', (_, text, entries) => {
    expect(show(entriesOf(text))).toEqual(entries);
  });

  it.each([
    ['hunter2', 1],
    ['login hunter2', 1],
    ['machine a\nlogin u\npassword', 3],
    ['machine', 1],
    ['machine a\n\n\nhunter2 b', 4],
    ['machine a login u password hunter2 extra', 1],
    ['# comment\nmacdef x\n\n\npassword hunter2', 5],
    ['machine a\nlogin "two\nlines"\nhunter2 x', 4],
  ])('refuses %j and says in which line, not what is there', (text, line) => {
    const parsed = parseNetrc(text);
    expect(parsed.ok).toBe(false);
    const reason = parsed.ok ? '' : parsed.reason;
    expect(reason).toMatch(new RegExp(`^line ${line}: `));
    expect(reason).not.toContain('hunter2');
  });

  it('reads a large file', () => {
    const text = `# ${'#'.repeat(500_000)}\n`.concat('machine a login u password p\n'.repeat(20_000));
    expect(entriesOf(text)).toHaveLength(20_000);
  });
});

describe('findNetrcLogin', () => {
  const entries = entriesOf(
    [
      'machine a.example login old password p1',
      'machine a.example login new password p2',
      'machine half.example login u',
      'machine void.example login "" password p',
      'machine localhost login l password p3',
      'machine ::1 login six password p5',
      'default login anonymous password p4',
    ].join('\n'),
  );

  it.each<[string, string, { username?: string; useDefault?: boolean }, string | undefined]>([
    ['the last of several', 'a.example', {}, 'new p2'],
    ["a host's name in any case", 'A.Example', {}, 'new p2'],
    ['of the user that is asked for', 'a.example', { username: 'old' }, 'old p1'],
    ["no other user's", 'a.example', { username: 'else' }, undefined],
    ['no host below it', 'b.a.example', {}, undefined],
    ['no host above it', 'example', {}, undefined],
    ['no host that begins like it', 'a.example.org', {}, undefined],
    ['none without a password', 'half.example', {}, undefined],
    ['none without a login', 'void.example', {}, undefined],
    ['IPv6', '[::1]', {}, 'six p5'],
    ['no default unless it is asked for', 'b.example', {}, undefined],
    ['the default where it is asked for', 'b.example', { useDefault: true }, 'anonymous p4'],
    ['no default beside a machine', 'half.example', { useDefault: true }, undefined],
    ['no default for another user', 'b.example', { useDefault: true, username: 'u' }, undefined],
  ])('finds %s', (_, host, options, expected) => {
    const found = findNetrcLogin(entries, host, options);
    expect(found && `${found.login} ${found.password.reveal()}`).toBe(expected);
  });
});

describe('readNetrc', () => {
  const text = (login: string) => `machine a login ${login} password p\n`;

  it('reads ~/.netrc, else ~/_netrc', async () => {
    await using both = await makeFolder([
      { filename: '.netrc', bytes: text('dot') },
      { filename: '_netrc', bytes: text('underscore') },
    ]);
    await using windows = await makeFolder([{ filename: '_netrc', bytes: text('underscore') }]);
    await using none = await makeFolder();
    expect(show(await readNetrc({}, both.path))).toEqual([['a', 'dot', 'p']]);
    expect(show(await readNetrc({}, windows.path))).toEqual([['a', 'underscore', 'p']]);
    expect(await readNetrc({}, none.path)).toEqual([]);
  });

  it('reads only what NETRC names', async () => {
    await using folder = await makeFolder([
      { filename: '.netrc', bytes: text('home') },
      { filename: 'other', bytes: text('named') },
    ]);
    expect(show(await readNetrc({ NETRC: join(folder.path, 'other') }, folder.path))).toEqual([
      ['a', 'named', 'p'],
    ]);
    expect(show(await readNetrc({ NETRC: '~/other' }, folder.path))).toEqual([['a', 'named', 'p']]);
    expect(await readNetrc({ NETRC: join(folder.path, 'missing') }, folder.path)).toEqual([]);
    expect(show(await readNetrc({ NETRC: '' }, folder.path))).toEqual([['a', 'home', 'p']]);
  });

  it('passes over a file that cannot be read, and says so', async () => {
    const latin = Buffer.from('machine a login u password hunter2-ä', 'latin1');
    await using folder = await makeFolder([
      { filename: 'broken', bytes: 'machine a\nhunter2\n' },
      { filename: 'latin', bytes: latin },
    ]);
    await mkdir(join(folder.path, '.netrc'));
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    expect(await readNetrc({}, folder.path, warn)).toEqual([]);
    expect(await readNetrc({ NETRC: join(folder.path, 'broken') }, folder.path, warn)).toEqual([]);
    expect(await readNetrc({ NETRC: join(folder.path, 'latin') }, folder.path, warn)).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/\.netrc is passed over: /),
      expect.stringMatching(/broken is passed over: line 2: /),
      expect.stringMatching(/latin is passed over: it is not UTF-8 text$/),
    ]);
    expect(warnings.join()).not.toContain('hunter2');
  });
});
