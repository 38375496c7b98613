import { describe, expect, it } from 'vitest';
import { askKeyring, askKeyringLogin } from '../../../src/registry/identity/keyring.ts';
import { makeFolder } from '../../make-distribution.ts';
import { installKeyring } from './fake-keyring.ts';
import { installProgram } from './fake-program.ts';

const url = 'https://upload.pypi.org/legacy/';

describe('askKeyring', () => {
  it.each([
    ['the password of that user at that URL', 'console.log(`${username} at ${url}`)', `me at ${url}`],
    ['a password with blanks at its ends', 'process.stdout.write(" p \\n\\n")', ' p \n'],
    ['a password without a line end', 'process.stdout.write("p")', 'p'],
    ['a password of a Windows program', 'process.stdout.write("p\\r\\n")', 'p'],
    ['a password, whatever it complains of', 'console.error("deprecated"); console.log("p")', 'p'],
    ['nothing from an empty answer', 'console.log("")', undefined],
    ['nothing where it has none', 'process.exit(1)', undefined],
    ['nothing where it fails after an answer', 'console.log("half"); process.exitCode = 1', undefined],
    ['nothing where it asks back', 'process.stdin.on("end", () => process.exit(1)).resume()', undefined],
    ['nothing where it floods', 'process.stdout.write("x".repeat(1_000_000))', undefined],
  ])('gives %s', async (_, body, password) => {
    await using folder = await makeFolder();
    const env = await installKeyring(folder.path, body);
    const warnings: string[] = [];
    const answer = await askKeyring(url, 'me', { env, onWarning: (message) => warnings.push(message) });
    expect(answer?.reveal()).toBe(password);
    expect(warnings).toEqual([]);
  });

  it('gives nothing where there is no such program', async () => {
    await using folder = await makeFolder();
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    expect(await askKeyring(url, 'me', { env: { PATH: folder.path }, onWarning })).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('does not wait for a program that waits for a person, and says so', async () => {
    await using folder = await makeFolder();
    const env = await installKeyring(folder.path, 'setInterval(() => {}, 1000)');
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    expect(await askKeyring(url, 'me', { env, timeoutMs: 200, onWarning })).toBeUndefined();
    expect(warnings).toEqual(['keyring did not answer within 0.2 s']);
  });

  it('ends at once with its signal', async () => {
    await using folder = await makeFolder();
    const env = await installKeyring(folder.path, 'setInterval(() => {}, 1000)');
    const abort = new AbortController();
    const answer = askKeyring(url, 'me', { env, signal: abort.signal });
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(askKeyring(url, 'me', { env, signal: abort.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('askKeyringLogin', () => {
  const login = (username: unknown, password: unknown) =>
    `console.log(${JSON.stringify(JSON.stringify({ username, password }))})`;
  it.each<[string, string, [string, string] | undefined]>([
    ['user and password at that URL', login('me', 'p'), ['me', 'p']],
    ['a password with lines in it', login('me', 'p\nq'), ['me', 'p\nq']],
    ['nothing where the user has no password', login('me', null), undefined],
    ['nothing where it is empty', login('me', ''), undefined],
    ['nothing where nobody is known', 'process.exit(1)', undefined],
    ['nothing where it speaks otherwise', 'console.log("me\\np")', undefined],
  ])('gives %s', async (_, body, expected) => {
    await using folder = await makeFolder();
    const asked = `if (args.join(' ') !== '--mode creds --output json get ${url}') process.exit(2);`;
    const env = await installProgram(folder.path, 'keyring', `${asked}\n${body}`);
    const answer = await askKeyringLogin(url, { env });
    expect(answer === undefined ? undefined : [answer.username, answer.password.reveal()]).toEqual(expected);
  });

  it('gives nothing from a keyring of former days', async () => {
    await using folder = await makeFolder();
    const env = await installProgram(folder.path, 'keyring', "process.exit(args[0] === 'get' ? 0 : 2)");
    expect(await askKeyringLogin(url, { env })).toBeUndefined();
  });
});
