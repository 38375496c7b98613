import { readFileSync } from 'node:fs';
import { reasonOf, WheelhouseError } from '../../../model/errors.ts';
import type { Secret } from '../../../model/secret.ts';

/** What the SDK takes for who we are; nothing leaves it to the default credentials of this machine. */
export interface GoogleIdentity {
  readonly credentials?: Readonly<Record<string, unknown>>;
}

/**
 * Reads `--secret`: a private key of the service account that `--username` names, or a key file of Google's (service
 * account, workload identity federation), as its path or its text. Throws `CONFIG`.
 */
export function readIdentity(username: string | undefined, secret: Secret | undefined): GoogleIdentity {
  const given = secret?.reveal().trim() ?? '';
  if (given === '') return {};
  if (given.startsWith('{')) return { credentials: parseKeyFile(given, 'the secret') };
  if (!given.includes('PRIVATE KEY-----')) return { credentials: parseKeyFile(readKeyFile(given), given) };
  if (username === undefined)
    throw new WheelhouseError('CONFIG', 'it is not known whose private key the secret is', {
      hint: 'give the e-mail address of the service account with --username',
    });
  // CI services often keep a key on one line.
  return { credentials: { client_email: username, private_key: `${given.replace(/\\n/g, '\n')}\n` } };
}

/** The text is told only by its path: were it no path, it would be a secret. */
function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new WheelhouseError(
      'CONFIG',
      'the secret is neither a private key nor a key file that can be read',
      {
        hint: 'give a PEM private key, or the path or the text of the JSON file that Google Cloud gives out',
        cause: new Error(reasonOf(thrown).split(',')[0]),
      },
    );
  }
}

function parseKeyFile(text: string, what: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'type' in parsed) return { ...parsed };
  } catch {
    // Told below: what JSON.parse says quotes the secret.
  }
  throw new WheelhouseError('CONFIG', `${what} is not a JSON key file of Google Cloud`, {
    hint: 'download it from the service account, or make it with gcloud iam workload-identity-pools create-cred-config',
  });
}
