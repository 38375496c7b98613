import { Option, type Command } from 'commander';
import { setting } from './options.ts';

/** What {@link addRegistry} gives. */
export interface RegistryFlags {
  readonly repository?: string;
  readonly repositoryUrl?: string;
  readonly gitlab?: string;
  readonly buildkite?: string;
  readonly buildkiteLegacy?: string;
  readonly configFile?: string;
  readonly trustedPublishing?: 'auto' | 'never';
  readonly checkUrl?: string;
}

/** Which registry, and who publishes there: for every command that publishes. */
export interface TargetFlags extends RegistryFlags {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly attestations?: boolean;
  readonly sslCheck: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addTarget(command: Command): Command {
  return addRegistry(command)
    .option('-u, --username <name>', 'user name at the registry')
    .option('-p, --password <password>', 'its password; better given by the environment')
    .option('--token <token>', 'an API token; better given by the environment')
    .option('--attestations', 'sign what is published, as a trusted publisher of PyPI (PEP 740)');
}

/** Which registry. */
export function addRegistry(command: Command): Command {
  return command
    .option('-r, --repository <name>', 'a section of .pypirc (default: pypi)')
    .option('--repository-url <url>', "the registry's upload URL")
    .addOption(
      new Option(
        '--gitlab <host/project>',
        "a GitLab project's registry, by the project's path or number",
      ).conflicts(['repository', 'repositoryUrl']),
    )
    .addOption(
      new Option('--buildkite <org/registry>', 'a registry of Buildkite Package Registries').conflicts([
        ...['repository', 'repositoryUrl', 'gitlab', 'buildkiteLegacy'],
        ...['username', 'password'], // it takes a token
      ]),
    )
    .addOption(
      new Option('--buildkite-legacy <org/repo>', 'a repository at buildkitepackages.com').conflicts([
        'repository',
        'repositoryUrl',
        'gitlab',
      ]),
    )
    .addOption(setting('--config-file <path>', 'the .pypirc to read (default: ~/.pypirc)'))
    .addOption(
      setting(
        '--trusted-publishing <when>',
        'publish as the CI job itself where PyPI trusts it and no password is found',
      )
        .choices(['auto', 'never'])
        .default('auto'),
    )
    .addOption(
      setting(
        '--check-url <url>',
        "the registry's simple index, where it is not derived from the upload URL",
      ),
    );
}
