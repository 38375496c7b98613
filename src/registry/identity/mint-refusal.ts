import type { HttpResponse } from '../../io/http.ts';
import { WheelhouseError } from '../../model/errors.ts';
import type { Secret } from '../../model/secret.ts';
import { membersOf } from '../json-answer.ts';
import { claimsOf } from './claims.ts';

const guide = 'https://docs.pypi.org/trusted-publishers/';

/** What each code means for whoever reads it; warehouse/oidc/views.py has the codes. */
const hints: Readonly<Record<string, string>> = {
  'invalid-publisher': `add this job as a trusted publisher of the project, letter by letter: ${guide}`,
  'invalid-pending-publisher': 'the project exists by now: add the publisher to the project itself',
  'invalid-reuse-token': 'an identity token serves once: run the job again',
  'invalid-token': 'run the job again: identity tokens live for minutes only',
  'not-enabled': 'try again later, or use an API token',
};

/** The 422 that a registry answers to an identity token: all its reasons in one line, and what to do about the first. */
export async function mintRefusal(response: HttpResponse, identity: Secret): Promise<WheelhouseError> {
  const text = await response.text(64 * 1024).catch(() => '');
  const reasons = reasonsIn(text);
  const [first] = reasons;
  const said = reasons.map(({ code, description }) => `${code}: ${description}`).join('; ');
  const why = said === '' ? 'it does not say why' : said;
  const job = first?.code === 'invalid-publisher' ? jobOf(identity) : '';
  return new WheelhouseError(
    'UNAUTHORIZED',
    `${response.url.host} refuses the identity of this job (${why})${job}`,
    { status: response.status, hint: hints[first?.code ?? ''] ?? `how it is set up: ${guide}` },
  );
}

interface Reason {
  readonly code: string;
  readonly description: string;
}

function reasonsIn(text: string): Reason[] {
  const errors = membersOf(text)?.get('errors');
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, 5).flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const error = new Map<string, unknown>(Object.entries(one));
    const [code, description] = [oneLine(error.get('code')), oneLine(error.get('description'))];
    return code === '' && description === '' ? [] : [{ code, description }];
  });
}

/** The claims that PyPI compares with what was registered, of GitHub and of GitLab. */
const claims = ['repository', 'workflow_ref', 'project_path', 'ci_config_ref_uri', 'environment', 'sub'];

/** Who the job is by its own token: what was registered differs from it in one of these. */
function jobOf(identity: Secret): string {
  const told = claimsOf(identity);
  const named = claims.flatMap((claim) => {
    const value = oneLine(told.get(claim));
    return value === '' ? [] : [`${claim} ${value}`];
  });
  return named.length === 0 ? '' : `; this job is ${named.join(', ')}`;
}

/** Foreign text as it may be printed; empty for what is no text. */
function oneLine(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
