import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askLogin } from '../../src/cli/ask-login.ts';
import { maskSecrets, type Secret } from '../../src/model/secret.ts';

interface Scene {
  readonly username?: string;
  readonly environment?: Record<string, string>;
  readonly flags?: { json?: boolean; dryRun?: boolean };
  readonly inputTTY?: boolean;
  readonly errTTY?: boolean;
}

/** Asks, and types an answer to each question as it is asked. */
async function answer(typed: readonly string[], scene: Scene = {}) {
  const { environment = {}, flags = {}, inputTTY = true, errTTY = true } = scene;
  const input = Object.assign(new PassThrough(), { isTTY: inputTTY });
  const secrets: Secret[] = [];
  const questions: string[] = [];
  let next = 0;
  const err = {
    isTTY: errTTY,
    write: (text: string) => {
      const question = /[A-Z][^\n]*: $/.exec(text.replaceAll(/\u001b\[\d*[A-Z]/g, ''))?.[0];
      if (question === undefined || questions.includes(question)) return;
      questions.push(question);
      const reply = typed[next++] ?? '';
      setImmediate(() => input.write(`${reply}\r`));
    },
  };
  const login = await askLogin(
    {
      url: 'https://registry.example/up/',
      ...(scene.username === undefined ? {} : { username: scene.username }),
    },
    flags,
    {
      openInput: () => input,
      err,
      environment,
      signal: new AbortController().signal,
      guard: (secret) => secrets.push(secret),
    },
  );
  return { login, questions, secrets };
}

describe('askLogin', () => {
  it('asks for both, and guards what must not be seen', async () => {
    const { login, questions, secrets } = await answer(['anna', 'hunter2-hunter2']);
    expect(questions).toEqual([
      'User name at registry.example (none if empty): ',
      'Password of anna at registry.example: ',
    ]);
    expect(login).toMatchObject({ kind: 'basic', username: 'anna' });
    expect(login?.kind === 'basic' && login.password.reveal()).toBe('hunter2-hunter2');
    const header = Buffer.from('anna:hunter2-hunter2').toString('base64');
    expect(maskSecrets(`hunter2-hunter2 ${header}`, secrets)).toBe('*** ***');
  });

  it('asks for what is missing only', async () => {
    const { login, questions } = await answer(['pypi-token'], { username: '__token__' });
    expect(questions).toEqual(['API token for registry.example: ']);
    expect(login?.kind === 'basic' && login.password.reveal()).toBe('pypi-token');
  });

  it.each([
    ['no user name', [''], {}],
    ['no password', ['anna', ''], {}],
    ['no token', [''], { username: '__token__' }],
  ])('is nothing where nothing is typed: %s', async (_, typed, scene) => {
    expect((await answer(typed, scene)).login).toBeUndefined();
  });

  it.each<[string, Scene]>([
    ['in CI', { environment: { CI: 'true' } }],
    ['where twine would not', { environment: { TWINE_NON_INTERACTIVE: '1' } }],
    ['for a program', { flags: { json: true } }],
    ['for a dry run', { flags: { dryRun: true } }],
    ['where no answer can be typed', { inputTTY: false }],
    ['where no question can be seen', { errTTY: false }],
  ])('asks nobody %s', async (_, scene) => {
    const { login, questions } = await answer(['anna', 'secret'], scene);
    expect(login).toBeUndefined();
    expect(questions).toEqual([]);
  });
});
