import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { unlessAborted } from '../../io/abort.ts';
import { retry, tellRetries, type RetryOptions } from '../../io/retry.ts';
import { writeWhole } from '../../io/write-whole.ts';
import { reasonOf } from '../../model/errors.ts';
import type { EventSink } from '../../model/events.ts';
import type { Secret } from '../../model/secret.ts';
import { claimsOf } from '../identity/claims.ts';
import type { IdentityProvider } from '../identity/identity-token.ts';
import { renewingCredentials } from '../identity/renewing-credentials.ts';
import type { PublishableArtifact } from '../target.ts';
import { publishStatement } from './attestation.ts';
import { judgeKept, keptSuffix } from './kept-attestation.ts';
import type { SignStatement } from './sigstore-signer.ts';

/** Attests artifacts (PEP 740). */
export interface Attestor {
  /** An attestation that this job publishes these bytes under this name, as JSON. Throws when there is none to be had. */
  attest(artifact: PublishableArtifact, signal?: AbortSignal): Promise<string>;
}

export interface AttestorOptions {
  readonly provider: IdentityProvider;
  readonly sign: SignStatement;
  /** Told every identity token before it is used. */
  readonly onSecret: (secret: Secret) => void;
  readonly onEvent?: EventSink | undefined;
  readonly retries?: Pick<RetryOptions, 'attempts' | 'baseDelayMs'>;
}

/** Signs as the job that runs. Each attestation is kept beside its artifact, and used again by the next run. */
export function openAttestor(options: AttestorOptions): Attestor {
  const { provider, sign, onSecret, onEvent, retries } = options;
  const identities = renewingCredentials({
    issue: async (signal) => {
      const token = await retry(() => provider.request('sigstore', signal), {
        ...retries,
        what: 'asking for an identity to sign with',
        signal,
      });
      onSecret(token);
      return { credentials: { kind: 'bearer', token }, lifetimeMs: lifetimeOf(token) };
    },
    renewBeforeMs: 60_000,
  });
  const identityNow = async (signal: AbortSignal | undefined): Promise<Secret> => {
    const credentials = await identities.current(signal);
    if (credentials?.kind === 'bearer') return credentials.token;
    throw new TypeError('an identity is a bearer token');
  };

  return {
    async attest(artifact, signal) {
      const path = `${artifact.path}${keptSuffix}`;
      const kept = await readFile(path, 'utf8').catch(() => undefined);
      if (kept !== undefined) {
        const judged = judgeKept(kept, artifact, signerOf(await identityNow(signal)));
        if (judged.valid) return kept;
        onEvent?.({
          event: 'detail',
          message: `${basename(path)} is made anew: ${judged.reason}`,
        });
      }
      const statement = publishStatement(artifact);
      const attempt = async () => unlessAborted(sign(statement, await identityNow(signal)), signal);
      const attestation = await retry(attempt, {
        ...retries,
        what: `signing ${artifact.filename}`,
        signal,
        onRetry: tellRetries(onEvent),
      });
      const text = JSON.stringify(attestation);
      await writeWhole(path, (file) => file.append(Buffer.from(text))).catch((thrown: unknown) => {
        onEvent?.({ event: 'detail', message: `the attestation is not kept: ${reasonOf(thrown)}` });
      });
      return text;
    },
  };
}

/** How a certificate of Sigstore names the job; PyPI compares it with the trusted publisher. Only of GitHub and GitLab is that known. */
function signerOf(identity: Secret): string | undefined {
  const claims = claimsOf(identity);
  const [github, gitlab] = [claims.get('job_workflow_ref'), claims.get('ci_config_ref_uri')];
  if (typeof github === 'string') return `https://github.com/${github}`;
  return typeof gitlab === 'string' ? `https://${gitlab}` : undefined;
}

/** By the issuer's own clock. */
function lifetimeOf(identity: Secret): number {
  const claims = claimsOf(identity);
  const lifetimeMs = (Number(claims.get('exp')) - Number(claims.get('iat'))) * 1000;
  return lifetimeMs > 0 ? lifetimeMs : 300_000;
}
