import { WheelhouseError } from '../../model/errors.ts';
import type { PublishableArtifact } from '../target.ts';

/** PEP 740: an attestation object. Its bytes are base64. */
export interface Attestation {
  readonly version: 1;
  readonly verification_material: {
    readonly certificate: string;
    readonly transparency_entries: readonly object[];
  };
  readonly envelope: { readonly statement: string; readonly signature: string };
}

/**
 * What is read of a Sigstore bundle. In words of our own: `sigstore` is optional, and whoever left it out must be able
 * to compile against our types.
 */
export interface SigstoreBundle {
  readonly verificationMaterial: {
    readonly certificate?: Certificate | undefined;
    readonly x509CertificateChain?: { readonly certificates: readonly Certificate[] } | undefined;
    readonly tlogEntries: readonly object[];
  };
  readonly dsseEnvelope?:
    { readonly payload: string; readonly signatures: readonly { readonly sig: string }[] } | undefined;
}

/** Its bytes are base64. */
interface Certificate {
  readonly rawBytes: string;
}

export const statementMediaType = 'application/vnd.in-toto+json';
export const statementType = 'https://in-toto.io/Statement/v1';
/** https://docs.pypi.org/attestations/publish/v1 */
export const publishPredicate = 'https://docs.pypi.org/attestations/publish/v1';

type Subject = Pick<PublishableArtifact, 'filename' | 'sha256'>;

/** That this file, with these bytes, was published by whoever signs it: an in-toto statement. */
export function publishStatement({ filename, sha256 }: Subject): string {
  return JSON.stringify({
    _type: statementType,
    subject: [{ name: filename, digest: { sha256 } }],
    predicateType: publishPredicate,
    predicate: null,
  });
}

/** A Sigstore bundle as PyPI takes it, in the words of pypi-attestations 0.0.30. Throws `REJECTED` for what is no such bundle. */
export function toAttestation({ verificationMaterial, dsseEnvelope }: SigstoreBundle): Attestation {
  const certificate =
    verificationMaterial.certificate ?? verificationMaterial.x509CertificateChain?.certificates[0];
  const [signature, ...more] = dsseEnvelope?.signatures ?? [];
  const { tlogEntries } = verificationMaterial;
  const missing =
    certificate === undefined
      ? 'no certificate'
      : dsseEnvelope === undefined || signature === undefined || more.length > 0
        ? 'not one signature'
        : tlogEntries.length === 0
          ? 'no entry of a transparency log'
          : undefined;
  if (
    missing !== undefined ||
    certificate === undefined ||
    dsseEnvelope === undefined ||
    signature === undefined
  )
    throw new WheelhouseError('REJECTED', `Sigstore gave a bundle that has ${missing ?? 'nothing'}`);
  return {
    version: 1,
    verification_material: { certificate: certificate.rawBytes, transparency_entries: tlogEntries },
    envelope: { statement: dsseEnvelope.payload, signature: signature.sig },
  };
}

/** What is signed of a statement. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
export function preAuthEncoding(statement: Buffer): Buffer {
  const head = `DSSEv1 ${statementMediaType.length} ${statementMediaType} ${statement.length} `;
  return Buffer.concat([Buffer.from(head), statement]);
}
