import { WheelhouseError } from '../model/errors.ts';
import { openAttestor, type Attestor } from '../registry/attestation/attestor.ts';
import { sigstoreSigner } from '../registry/attestation/sigstore-signer.ts';
import type { PublishIdentity } from '../registry/identity/credentials.ts';
import type { IdentityProvider } from '../registry/identity/identity-token.ts';
import type { Session } from './session.ts';
import type { TargetFlags } from './target-options.ts';

/**
 * What signs for `--attestations`. Throws `CONFIG` where this is no trusted publisher: PyPI takes attestations from no
 * one else. A dry run only warns, and signs nothing.
 */
export function openTargetAttestor(
  { url, origins }: PublishIdentity,
  provider: IdentityProvider | undefined,
  flags: TargetFlags,
  session: Session,
): Attestor | undefined {
  if (flags.attestations !== true) return undefined;
  if (provider === undefined) {
    const { host } = new URL(url);
    const { password } = origins;
    const why =
      password === undefined
        ? `this run is none at ${host}`
        : `a password (from ${password}) is used for ${host}`;
    const problem = `attestations are for trusted publishers, and ${why}`;
    const hint = 'publish to PyPI or TestPyPI from a CI job that is a trusted publisher, without a password';
    if (flags.dryRun !== true) throw new WheelhouseError('CONFIG', problem, { hint });
    session.onEvent({ event: 'warning', message: problem, hint });
  }
  if (provider === undefined || flags.dryRun === true) return undefined;
  const { environment, guard, onEvent } = session;
  return openAttestor({
    provider,
    sign: sigstoreSigner({
      fulcioUrl: environment['WHEELHOUSE_UPLOADER_FULCIO_URL'],
      rekorUrl: environment['WHEELHOUSE_UPLOADER_REKOR_URL'],
    }),
    onSecret: guard,
    onEvent,
  });
}
