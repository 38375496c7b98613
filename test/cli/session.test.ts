import { describe, expect, it } from 'vitest';
import { runSession, type Session } from '../../src/cli/session.ts';
import { summarize } from '../../src/model/events.ts';
import { Secret } from '../../src/model/secret.ts';

/** Runs a command that knows a secret and tells it in every way. */
async function tellAll(secret: string, json: boolean) {
  let said = '';
  let problems = '';
  const out = { write: (text: string) => (said += text) };
  const err = { write: (text: string) => (problems += text) };
  const surroundings = { environment: {}, folder: '.', out, err };
  const act = (session: Session) => {
    session.guard(new Secret(secret));
    session.onEvent({ event: 'warning', message: `the server said: ${secret}` });
    session.tellResult({ event: 'details', size: 1, summary: `A ${secret} b` }, () => `summary: ${secret}`);
    const artifact = { filename: 'a-1.tar.gz', outcome: 'uploaded', sha256: 'abc', size: 10 } as const;
    return Promise.resolve(summarize('upload', [artifact]));
  };
  const { signal } = new AbortController();
  const code = await runSession('upload', { json }, surroundings, signal, act);
  return { code, problems, lines: said.trimEnd().split('\n') };
}

describe('runSession', () => {
  it.each(['1', '0', 'true', 'null', '"', ':', '{', '\\', 'upload', 'warning', 'event', 'uploaded'])(
    'keeps its JSON whole where the secret is %j',
    async (secret) => {
      const { code, lines } = await tellAll(secret, true);
      expect(code).toBe(0);
      const [warning, details, summary] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(warning).toEqual({ event: 'warning', message: 'the server said: ***' });
      expect(details).toMatchObject({ event: 'details', size: 1, summary: 'A *** b' });
      expect(summary).toMatchObject({
        event: 'summary',
        schemaVersion: 1,
        command: 'upload',
        ok: true,
        exitCode: 0,
        artifacts: [{ filename: 'a-1.tar.gz', outcome: 'uploaded', sha256: 'abc', size: 10 }],
      });
    },
  );

  it.each([true, false])('masks what it has learnt, as JSON: %s', async (json) => {
    const { lines, problems } = await tellAll('pass"word\nof two lines', json);
    expect(problems).toMatch(/^warning: the server said: /);
    expect(lines.join('\n') + problems).not.toMatch(/word|two lines/);
  });

  it.each([
    ['results too', true],
    ['results not, that go to a file', false],
  ])('colours what is on a terminal: %s', async (_, isTTY) => {
    let results = '';
    let problems = '';
    const out = { write: (text: string) => (results += text), isTTY };
    const err = { write: (text: string) => (problems += text), isTTY: true };
    const surroundings = { environment: { TERM: 'xterm' }, folder: '.', out, err };
    const act = (session: Session) => {
      session.onEvent({ event: 'plan', command: 'upload', dryRun: true, target: './wheelhouse', steps: [] });
      session.onEvent({ event: 'warning', message: 'look' });
      return Promise.resolve(summarize('upload', []));
    };
    await runSession('upload', {}, surroundings, new AbortController().signal, act);
    expect(problems).toContain('\u001b[33mwarning: look');
    expect(results.includes('\u001b')).toBe(isTTY);
  });
});
