import { installProgram } from './fake-program.ts';

/**
 * Puts a `buildkite-agent` into `folder` that gives tokens as the real one does
 * (https://buildkite.com/docs/agent/cli/reference/oidc), numbered by `nextNumber`, a JavaScript expression.
 */
export function installAgent(folder: string, nextNumber = '1'): Promise<Record<string, string>> {
  return installProgram(
    folder,
    'buildkite-agent',
    `const [group, verb, ...flags] = args;
     const flag = (name) => flags[flags.indexOf('--' + name) + 1];
     const now = Math.floor(Date.now() / 1000);
     const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
     const lifetime = Number(flag('lifetime'));
     if (group !== 'oidc' || verb !== 'request-token' || !(lifetime > 0)) process.exit(1);
     const claims = { iss: 'https://agent.buildkite.com', aud: flag('audience'), iat: now, exp: now + lifetime, n: ${nextNumber} };
     console.log([part({ alg: 'RS256' }), part(claims), 'signature'].join('.'));`,
  );
}

/** What a token claims. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}
