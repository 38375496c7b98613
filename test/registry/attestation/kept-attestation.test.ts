import { generateKeyPairSync, sign } from 'node:crypto';
import type { Bundle } from 'sigstore';
import { describe, expect, it } from 'vitest';
import {
  preAuthEncoding,
  publishStatement,
  toAttestation,
} from '../../../src/registry/attestation/attestation.ts';
import { judgeKept } from '../../../src/registry/attestation/kept-attestation.ts';
import { issueCertificate } from '../../servers/certificate.ts';

const file = { filename: 'tiny-1.0-py3-none-any.whl', sha256: 'a'.repeat(64) };
const job = 'https://github.com/octo/tiny/.github/workflows/release.yml';
const nowMs = Date.parse('2026-11-01T12:00:00Z');
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface Forgery {
  statement?: string;
  uri?: string;
  signedBy?: typeof key;
  certificate?: string;
  integratedMs?: number;
  entries?: readonly object[];
  version?: number;
}

function keep(forgery: Forgery = {}): string {
  const { statement = publishStatement(file), uri = `${job}@refs/tags/v1.0`, signedBy = key } = forgery;
  const payload = Buffer.from(statement);
  const certificate = issueCertificate({
    publicKey: key.publicKey,
    issuer: 'test',
    issuerKey: other.privateKey,
    fromMs: nowMs,
    toMs: nowMs + 600_000,
    uri,
  });
  const integratedTime = String((forgery.integratedMs ?? nowMs + 1000) / 1000);
  return JSON.stringify({
    version: forgery.version ?? 1,
    verification_material: {
      certificate: forgery.certificate ?? certificate.toString('base64'),
      transparency_entries: forgery.entries ?? [{ integratedTime }],
    },
    envelope: {
      statement: payload.toString('base64'),
      signature: sign('sha256', preAuthEncoding(payload), signedBy.privateKey).toString('base64'),
    },
  });
}

const statementOf = (changes: object) =>
  JSON.stringify({ ...(JSON.parse(publishStatement(file)) as object), ...changes });
const subject = { name: file.filename, digest: { sha256: file.sha256 } };

describe('a kept attestation', () => {
  it.each<[string, Forgery, string]>([
    ['of this job', {}, `${job}@refs/tags/v1.0`],
    ['of this workflow on another branch', {}, `${job}@refs/heads/main`],
  ])('holds when it is %s', (_, forgery, identity) => {
    expect(judgeKept(keep(forgery), file, identity)).toEqual({ valid: true });
  });

  it.each<[string, Forgery, string]>([
    ['of another version', { version: 2 }, 'it is no attestation of PEP 740'],
    ['in no log', { entries: [] }, 'it is no attestation of PEP 740'],
    ['no statement', { statement: 'x' }, 'it attests something else'],
    ['a statement of another kind', { statement: statementOf({ _type: 'x' }) }, 'it attests something else'],
    [
      'of a build',
      { statement: statementOf({ predicateType: 'https://slsa.dev/provenance/v1' }) },
      'it attests something else',
    ],
    [
      'of two files',
      { statement: statementOf({ subject: [subject, subject] }) },
      'it attests something else',
    ],
    [
      'of another name',
      { statement: publishStatement({ ...file, filename: 'x' }) },
      'it is of other bytes, or of another name',
    ],
    [
      'of other bytes',
      { statement: publishStatement({ ...file, sha256: 'b'.repeat(64) }) },
      'it is of other bytes, or of another name',
    ],
    [
      'without digests',
      { statement: statementOf({ subject: [{ name: file.filename }] }) },
      'it is of other bytes, or of another name',
    ],
    ['without a certificate', { certificate: '' }, 'its certificate cannot be read'],
    ['signed by another key', { signedBy: other }, 'its signature is wrong'],
    ['signed too early', { integratedMs: nowMs - 1000 }, 'it was signed outside the life of its certificate'],
    [
      'signed too late',
      { integratedMs: nowMs + 601_000 },
      'it was signed outside the life of its certificate',
    ],
    ['signed at no time', { entries: [{}] }, 'it was signed outside the life of its certificate'],
    ['of another workflow', { uri: `${job.replace('release', 'evil')}@x` }, 'another job has signed it'],
    ['of a person', { uri: 'mailto:me@example.com' }, 'another job has signed it'],
  ])('does not hold when it is %s', (_, forgery, reason) => {
    expect(judgeKept(keep(forgery), file, `${job}@refs/tags/v1.0`)).toEqual({ valid: false, reason });
  });

  it('does not hold where nobody knows who this job is', () => {
    expect(judgeKept(keep(), file, undefined)).toEqual({ valid: false, reason: 'another job has signed it' });
  });

  it.each(['', 'x', '[]', 'null', '{}', '{"version":1,"verification_material":7}'])('is none: %j', (text) => {
    expect(judgeKept(text, file, job)).toEqual({ valid: false, reason: 'it is no attestation of PEP 740' });
  });
});

describe('a bundle of Sigstore', () => {
  const entry = {
    logIndex: '1',
    logId: { keyId: 'eA==' },
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    integratedTime: '1',
    inclusionPromise: undefined,
    inclusionProof: undefined,
    canonicalizedBody: 'e30=',
  };
  const dsseEnvelope = { payload: 'cGF5', payloadType: 'x', signatures: [{ sig: 'c2ln', keyid: '' }] };
  const material = { tlogEntries: [entry], timestampVerificationData: undefined };
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  const bundle = (verificationMaterial: object, envelope: object) =>
    ({ mediaType, verificationMaterial, dsseEnvelope: envelope }) as Bundle;

  it.each([
    ['version 0.3', { certificate: { rawBytes: 'Y2VydA==' } }],
    [
      'version 0.2',
      { x509CertificateChain: { certificates: [{ rawBytes: 'Y2VydA==' }, { rawBytes: 'cm9vdA==' }] } },
    ],
  ])('of %s becomes an attestation in the words of PEP 740', (_, certificate) => {
    expect(toAttestation(bundle({ ...material, ...certificate }, dsseEnvelope))).toEqual({
      version: 1,
      verification_material: { certificate: 'Y2VydA==', transparency_entries: [entry] },
      envelope: { statement: 'cGF5', signature: 'c2ln' },
    });
  });

  const certificate = { rawBytes: 'Y2VydA==' };
  it.each([
    ['no certificate', { ...material, publicKey: { hint: '' } }, dsseEnvelope],
    ['not one signature', { ...material, certificate }, { ...dsseEnvelope, signatures: [] }],
    ['no entry', { ...material, certificate, tlogEntries: [] }, dsseEnvelope],
  ])('is refused when it has %s', (said, verificationMaterial, envelope) => {
    expect(() => toAttestation(bundle(verificationMaterial, envelope))).toThrow(said);
  });
});
