import { loadSdk } from '../../io/load-sdk.ts';
import { reasonOf, WheelhouseError, type ErrorCode } from '../../model/errors.ts';
import { maskSecrets, type Secret } from '../../model/secret.ts';
import { statementMediaType, toAttestation, type Attestation } from './attestation.ts';

/** Signs a statement as the job that an identity token (for the audience `sigstore`) names. */
export type SignStatement = (statement: string, identity: Secret) => Promise<Attestation>;

export interface SigstoreOptions {
  /** Certificates. Default: the public https://fulcio.sigstore.dev. */
  readonly fulcioUrl?: string | undefined;
  /** The transparency log. Default: the public https://rekor.sigstore.dev. */
  readonly rekorUrl?: string | undefined;
}

/** For one request, of which each signature takes two, in milliseconds. */
const timeoutMs = 30_000;

/**
 * Signs with a key that lives for one signature, certified by Sigstore and entered in its log. Each call is one attempt;
 * throws `MISSING_DRIVER` without the package, else what went wrong.
 */
export function sigstoreSigner({ fulcioUrl, rekorUrl }: SigstoreOptions = {}): SignStatement {
  return async (statement, identity) => {
    const { attest } = await loadSdk('sigstore', '--attestations', () => import('sigstore'));
    const bundle = await attest(Buffer.from(statement), statementMediaType, {
      identityToken: identity.reveal(),
      retry: false,
      timeout: timeoutMs,
      ...(fulcioUrl === undefined ? {} : { fulcioURL: fulcioUrl }),
      ...(rekorUrl === undefined ? {} : { rekorURL: rekorUrl }),
    }).catch((thrown: unknown) => {
      throw signingError(thrown, identity);
    });
    return toAttestation(bundle);
  };
}

/** Not with what was thrown as its cause: the package puts tokens that it cannot read into its messages. */
function signingError(thrown: unknown, identity: Secret): WheelhouseError {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  const status = statusOf(cause);
  const said = maskSecrets(reasonOf(thrown), [identity]);
  const why = cause === thrown ? '' : maskSecrets(reasonOf(cause), [identity]);
  const message = `Sigstore gave no signature: ${why === '' || said.includes(why) ? said : `${said}: ${why}`}`;
  return new WheelhouseError(codeOf(status), message, { status });
}

function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error && 'statusCode' in thrown)) return undefined;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}

function codeOf(status: number | undefined): ErrorCode {
  if (status === undefined) return 'NETWORK';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 408) return 'TIMEOUT';
  if (status === 401 || status === 403) return 'UNAUTHORIZED';
  return status >= 500 ? 'SERVER_ERROR' : 'REJECTED';
}
