type Environment = Readonly<Record<string, string | undefined>>;

/** The stores that ask who one is, by the scheme of their URLs. */
export type CredentialStore = 's3' | 'swift' | 'rackspace' | 'azure' | 'gs' | 'hp';

export interface CredentialFacts {
  readonly store: CredentialStore;
  /** By flag or `WHEELHOUSE_UPLOADER_USERNAME`. */
  readonly username?: string | undefined;
  /** Whether there is one that is not empty, by flag or `WHEELHOUSE_UPLOADER_SECRET`. */
  readonly secretGiven: boolean;
  /** The store's address, where it was given. */
  readonly endpoint?: string | undefined;
  readonly environment: Environment;
  readonly homeFolder: string;
  readonly isFile: (path: string) => boolean;
  /** What the firmware says of this machine's maker: clouds give their machines a role without any variable. */
  readonly machine?: string | undefined;
}

/** Whose credentials open the store, or which one is missing. */
export type CredentialChoice = 'given' | 'own' | 'username-missing' | 'secret-missing';

interface Ways {
  /** Sets of variables, each of which is enough. */
  readonly variables: readonly (readonly string[])[];
  /** A file that is enough: the variable that names it, and where it is by default, below the home folder. */
  readonly files?: readonly { readonly variable?: string; readonly home: string }[];
  /** A machine whose role is enough, and the variable that forbids to ask for it. */
  readonly machine?: { readonly maker: RegExp; readonly unless?: string };
  /** An address over plain HTTP is that of an emulator, which asks nobody who they are. */
  readonly emulated?: true;
  /** The store's secret may say whose it is: a connection string, a key file. */
  readonly secretAlone?: true;
  /** The driver takes a flag and, for what it does not say, a variable. */
  readonly mixed?: true;
}

/** Variables that say who one is, where a flag may say it too. */
const nameVariables: ReadonlySet<string> = new Set(['OS_USERNAME', 'ST_USER', 'AZURE_STORAGE_ACCOUNT']);
/** Variables that hold a secret which is nobody's without a name. */
const secretVariables: ReadonlySet<string> = new Set([
  'AWS_SECRET_ACCESS_KEY',
  'AZURE_STORAGE_KEY',
  'AZURE_STORAGE_SAS_TOKEN',
  'OS_PASSWORD',
  'OS_APPLICATION_CREDENTIAL_SECRET',
  'ST_KEY',
]);

const openStack = {
  variables: [
    ['OS_USERNAME', 'OS_PASSWORD'],
    ['OS_USER_ID', 'OS_PASSWORD'],
    ['OS_APPLICATION_CREDENTIAL_ID', 'OS_APPLICATION_CREDENTIAL_SECRET'],
    ['OS_APPLICATION_CREDENTIAL_NAME', 'OS_APPLICATION_CREDENTIAL_SECRET'],
    ['ST_USER', 'ST_KEY'],
  ],
  mixed: true,
} satisfies Ways;

/** What each store's own tools read: botocore, azure-storage and azure-identity, google-auth, keystoneauth. */
const ways: Readonly<Record<CredentialStore, Ways>> = {
  s3: {
    variables: [
      ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
      ['AWS_PROFILE'],
      ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN'],
      ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'],
      ['AWS_CONTAINER_CREDENTIALS_FULL_URI'],
    ],
    files: [
      { variable: 'AWS_SHARED_CREDENTIALS_FILE', home: '.aws/credentials' },
      { variable: 'AWS_CONFIG_FILE', home: '.aws/config' },
    ],
    machine: { maker: /^Amazon EC2$/, unless: 'AWS_EC2_METADATA_DISABLED' },
  },
  azure: {
    variables: [
      ['AZURE_STORAGE_CONNECTION_STRING'],
      ['AZURE_STORAGE_ACCOUNT', 'AZURE_STORAGE_KEY'],
      ['AZURE_STORAGE_ACCOUNT', 'AZURE_STORAGE_SAS_TOKEN'],
      ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_SECRET'],
      ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_CERTIFICATE_PATH'],
      ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
      ['IDENTITY_ENDPOINT'],
      ['MSI_ENDPOINT'],
    ],
    files: [{ home: '.azure/azureProfile.json' }],
    secretAlone: true,
    mixed: true,
  },
  gs: {
    variables: [['GOOGLE_APPLICATION_CREDENTIALS'], ['STORAGE_EMULATOR_HOST']],
    files: [{ home: '.config/gcloud/application_default_credentials.json' }],
    machine: { maker: /^Google/ },
    emulated: true,
    secretAlone: true,
  },
  swift: openStack,
  hp: openStack,
  rackspace: openStack,
};

/**
 * Decides by flags first, then by what the store's own tools would find. A user name alone, or a variable for the
 * secret that is empty as in the builds of forks, leaves the secret missing.
 */
export function chooseCredentials(facts: CredentialFacts): CredentialChoice {
  const { store, username = '', secretGiven, environment } = facts;
  const way = ways[store];
  if (secretGiven && (username !== '' || way.secretAlone === true)) return 'given';
  if (hasOwn(facts, way)) return 'own';
  // A variable that was set without a value says that the build was meant to have it.
  const variables = way.variables.flat();
  const isHalf = variables.some((name) => environment[name] !== undefined);
  const hasSecret =
    secretGiven || variables.some((name) => secretVariables.has(name) && (environment[name] ?? '') !== '');
  return username !== '' || (isHalf && !hasSecret) ? 'secret-missing' : 'username-missing';
}

function hasOwn(facts: CredentialFacts, way: Ways): boolean {
  const { username = '', secretGiven, endpoint = '', environment, homeFolder, isFile, machine = '' } = facts;
  if (way.emulated === true && /^http:/i.test(endpoint)) return true;
  const has = (name: string) =>
    (environment[name] ?? '') !== '' ||
    (way.mixed === true &&
      ((username !== '' && nameVariables.has(name)) || (secretGiven && secretVariables.has(name))));
  if (way.variables.some((names) => names.every(has))) return true;
  const paths = (way.files ?? []).map(({ variable, home }) => {
    const named = variable === undefined ? undefined : environment[variable];
    return named === undefined || named === '' ? `${homeFolder}/${home}` : named;
  });
  if (paths.some(isFile)) return true;
  if (way.machine?.maker.test(machine) !== true) return false;
  return way.machine.unless === undefined || environment[way.machine.unless] !== 'true';
}
