import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAttestor } from '../../src/registry/attestation/attestor.ts';
import { sigstoreSigner } from '../../src/registry/attestation/sigstore-signer.ts';
import { findIdentityProvider } from '../../src/registry/identity/identity-token.ts';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { publishable } from '../registry/artifacts.ts';
import { startOidcServer } from '../servers/oidc-server.ts';
import { startSigstoreServer } from '../servers/sigstore-server.ts';
import { peer, runSuccessfully } from './commands.ts';

// Proof: what we sign is what PyPI's own library reads, whole and without a rest. Only Sigstore is a fake here.

/** Reads an attestation as PyPI does, takes it to a bundle of Sigstore and back, and tells what it has read. */
const read = `
import json, sys
from pypi_attestations import Attestation
attestation = Attestation.model_validate_json(open(sys.argv[1], encoding="utf-8").read())
again = Attestation.from_bundle(attestation.to_bundle())
print(json.dumps({
    "statement": attestation.statement,
    "claims": attestation.certificate_claims,
    "sameEnvelope": again.envelope == attestation.envelope,
    "sameMaterial": again.verification_material == attestation.verification_material,
}))
`;

describe('an attestation', () => {
  it('is read by pypi-attestations', async () => {
    await using oidc = await startOidcServer();
    await using sigstore = await startSigstoreServer({ claimsOf: oidc.claimsOf });
    const wheel = makeWheel({ project: 'tiny', version: '1.0' });
    await using folder = await makeFolder([wheel]);
    const provider = findIdentityProvider(oidc.githubJob);
    if (provider === undefined) throw new Error('no CI system');
    const sign = sigstoreSigner({ fulcioUrl: sigstore.origin, rekorUrl: sigstore.origin });
    const attestor = openAttestor({ provider, sign, onSecret: () => undefined });
    await attestor.attest(await publishable(wheel, folder.path));

    const kept = join(folder.path, `${wheel.filename}.publish.attestation`);
    const { stdout } = await runSuccessfully(peer('python'), ['-c', read, kept]);
    expect(JSON.parse(stdout)).toEqual({
      statement: {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: wheel.filename, digest: { sha256: wheel.sha256 } }],
        predicateType: 'https://docs.pypi.org/attestations/publish/v1',
        predicate: null,
      },
      claims: { '1.3.6.1.4.1.57264.1.8': 'https://token.actions.githubusercontent.com' },
      sameEnvelope: true,
      sameMaterial: true,
    });
  });
});
