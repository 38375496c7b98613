import { expect, it } from 'vitest';
import { environmentSecrets } from '../../src/cli/environment-secrets.ts';

it('knows the variables that hold a secret, and leaves the others alone', () => {
  const environment = {
    OS_PASSWORD: 'one',
    TWINE_PASSWORD: 'two',
    ST_KEY: '',
    OS_USERNAME: 'me',
    PATH: '/bin',
  };
  expect(environmentSecrets(environment).map((secret) => secret.reveal())).toEqual(['two', 'one']);
});
