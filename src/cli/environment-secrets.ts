import { Secret } from '../model/secret.ts';
import type { Surroundings } from './streams.ts';

/** What this tool, the registries' tools, CI systems and the stores' SDKs read and send. A key of AWS only signs: no server has it to repeat. */
const variables = [
  ...['WHEELHOUSE_UPLOADER_SECRET', 'WHEELHOUSE_UPLOADER_PASSWORD', 'WHEELHOUSE_UPLOADER_TOKEN'],
  ...['TWINE_PASSWORD', 'BUILDKITE_API_TOKEN', 'REGISTRY_WRITE_TOKEN', 'BUILDKITE_AGENT_ACCESS_TOKEN'],
  ...['CI_JOB_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
  ...['PYPI_ID_TOKEN', 'TESTPYPI_ID_TOKEN', 'SIGSTORE_ID_TOKEN'],
  ...['AWS_SESSION_TOKEN', 'OS_PASSWORD', 'OS_APPLICATION_CREDENTIAL_SECRET', 'ST_KEY'],
  ...[
    'AZURE_STORAGE_KEY',
    'AZURE_STORAGE_SAS_TOKEN',
    'AZURE_STORAGE_CONNECTION_STRING',
    'AZURE_CLIENT_SECRET',
  ],
];

/** The secrets in variables that are known to hold one: SDKs read them by themselves, and servers repeat what they are sent. */
export function environmentSecrets(environment: Surroundings['environment']): Secret[] {
  return variables.map((name) => new Secret(environment[name] ?? '')).filter(({ empty }) => !empty);
}
