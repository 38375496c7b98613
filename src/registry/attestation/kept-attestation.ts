import { verify, X509Certificate } from 'node:crypto';
import { membersOf } from '../json-answer.ts';
import type { PublishableArtifact } from '../target.ts';
import { preAuthEncoding, publishPredicate, statementType } from './attestation.ts';

/** The suffix of PyPI's own tools, so that each may use what the other has signed. */
export const keptSuffix = '.publish.attestation';

/** Whether the file beside an artifact attests these very bytes, by this very job; the reason where it does not. */
export type KeptJudgement = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/**
 * Looks at a kept attestation as far as that goes without the network: subject, signature, who signed and when. Whether
 * the certificate is one of Sigstore's, and the log entry in the log, is for the registry to say.
 */
export function judgeKept(
  text: string,
  artifact: Pick<PublishableArtifact, 'filename' | 'sha256'>,
  identity: string | undefined,
): KeptJudgement {
  const reason = problemOf(text, artifact, identity);
  return reason === undefined ? { valid: true } : { valid: false, reason };
}

function problemOf(
  text: string,
  { filename, sha256 }: Pick<PublishableArtifact, 'filename' | 'sha256'>,
  identity: string | undefined,
): string | undefined {
  const attestation = membersOf(text);
  const material = membersIn(attestation, 'verification_material');
  const envelope = membersIn(attestation, 'envelope');
  const [entry] = listIn(material, 'transparency_entries');
  if (attestation?.get('version') !== 1 || entry === undefined) return 'it is no attestation of PEP 740';
  const payload = bytesIn(envelope, 'statement');
  const statement = membersOf(payload.toString('utf8'));
  const subjects = listIn(statement, 'subject');
  if (
    statement?.get('_type') !== statementType ||
    statement.get('predicateType') !== publishPredicate ||
    subjects.length !== 1
  )
    return 'it attests something else';
  const subject = toMembers(subjects[0]);
  if (subject?.get('name') !== filename || membersIn(subject, 'digest')?.get('sha256') !== sha256)
    return 'it is of other bytes, or of another name';
  const certificate = certificateOf(bytesIn(material, 'certificate'));
  if (certificate === undefined) return 'its certificate cannot be read';
  if (!isSignedBy(certificate, payload, bytesIn(envelope, 'signature'))) return 'its signature is wrong';
  const signedMs = Number(toMembers(entry)?.get('integratedTime')) * 1000;
  if (!(signedMs >= Date.parse(certificate.validFrom) && signedMs <= Date.parse(certificate.validTo)))
    return 'it was signed outside the life of its certificate';
  if (identity === undefined || withoutRef(signerOf(certificate)) !== withoutRef(identity))
    return 'another job has signed it';
  return undefined;
}

function certificateOf(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function isSignedBy({ publicKey }: X509Certificate, payload: Buffer, signature: Buffer): boolean {
  try {
    return verify('sha256', preAuthEncoding(payload), publicKey, signature);
  } catch {
    return false; // a key of another kind
  }
}

/** Fulcio writes the job into the certificate's one alternative name: https://github.com/owner/name/.github/workflows/x.yml@ref */
function signerOf({ subjectAltName = '' }: X509Certificate): string {
  return /^URI:(\S+)$/.exec(subjectAltName)?.[1] ?? '';
}

/** The same workflow is the same publisher, whatever branch or tag it ran on. */
function withoutRef(identity: string): string {
  return identity.replace(/@[^@]*$/, '');
}

type Members = ReadonlyMap<string, unknown> | undefined;

function toMembers(value: unknown): Members {
  return typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value))
    : undefined;
}

function membersIn(members: Members, name: string): Members {
  return toMembers(members?.get(name));
}

function listIn(members: Members, name: string): readonly unknown[] {
  const value = members?.get(name);
  return Array.isArray(value) ? value : [];
}

function bytesIn(members: Members, name: string): Buffer {
  const value = members?.get(name);
  return Buffer.from(typeof value === 'string' ? value : '', 'base64');
}
