import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withOwnLogin } from '../../src/cli/check-url.ts';
import type { Secret } from '../../src/model/secret.ts';
import { makeFolder } from '../make-distribution.ts';

const upload = 'https://upload.example/legacy/';

async function loginFor(checkUrl: string | undefined, netrc: string) {
  await using folder = await makeFolder([{ filename: 'netrc', bytes: netrc }]);
  const guarded: Secret[] = [];
  const session = {
    environment: { NETRC: join(folder.path, 'netrc') },
    onEvent: () => undefined,
    guard: (secret: Secret) => guarded.push(secret),
  };
  const url = await withOwnLogin(checkUrl, upload, session);
  return { url: url?.toString(), guarded: guarded.map((secret) => secret.reveal()) };
}

describe('the login of a check URL', () => {
  it('is that of netrc for its host, and is masked', async () => {
    const found = await loginFor(
      'https://index.example/simple/',
      'machine index.example login me password "p/@%s"',
    );
    expect(found).toEqual({ url: 'https://me:p%2F%40%25s@index.example/simple/', guarded: ['p/@%s'] });
  });

  it.each([
    ['stays what the URL brings', 'https://you:own@index.example/simple/'],
    ['is that of the upload at the same origin', 'https://upload.example/simple/'],
    ['is none where netrc has none, not even the default', 'https://other.example/simple/'],
    ['is nobody’s business where there is no URL', 'no url'],
    ['is nobody’s business where nothing is checked', undefined],
  ])('%s', async (_, checkUrl) => {
    const netrc =
      'machine index.example login me password pw machine upload.example login me password pw default login any password pw';
    expect(await loginFor(checkUrl, netrc)).toEqual({ url: checkUrl, guarded: [] });
  });
});
