/** One way to publish to GitLab's registry, as GitLab's documentation writes it for twine. */
export interface GitlabLine {
  readonly name: string;
  /** `~/.pypirc`, if it takes one. */
  readonly pypirc?: string;
  readonly line: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Who it is that publishes. */
  readonly user: readonly [username: string, password: string];
  /** twine takes `${env.NAME}` as it stands; GitLab's documentation means its value. */
  readonly expandsVariables?: true;
}

const host = 'https://gitlab.example.com';

/**
 * The lines and files of the page "PyPI packages in the package registry" of GitLab's documentation: the places that a
 * reader fills in are filled in, the rest is as it stands, but for the host.
 */
export function gitlabLines(origin: string): GitlabLine[] {
  const token = 'glpat-personal-access-token';
  const deploy = ['gitlab+deploy-token-1', 'gldt-deploy-token'] as const;
  const job = ['gitlab-ci-token', 'glcbt-64-job-token'] as const;
  const jobEnvironment = { CI_PROJECT_ID: '7', CI_JOB_TOKEN: job[1] };
  const section = (project: string, username: string, password: string) =>
    `[distutils]\nindex-servers =\n    gitlab\n\n[gitlab]\nrepository = ${host}/api/v4/projects/${project}/packages/pypi\nusername = ${username}\npassword = ${password}\n`;
  const byName = 'python3 -m twine upload --repository gitlab dist/*';
  const byUrl = (password: string, username: string, project: string) =>
    `TWINE_PASSWORD=${password} TWINE_USERNAME=${username} python3 -m twine upload --repository-url ${host}/api/v4/projects/${project}/packages/pypi dist/*`;
  const lines: GitlabLine[] = [
    {
      name: 'a personal access token in .pypirc',
      pypirc: section('7', '__token__', token),
      line: byName,
      environment: {},
      user: ['__token__', token],
    },
    {
      name: 'a deploy token in .pypirc',
      pypirc: section('7', ...deploy),
      line: byName,
      environment: {},
      user: deploy,
    },
    {
      name: 'the token of a job in a .pypirc that is checked in',
      pypirc: section('${env.CI_PROJECT_ID}', job[0], '${env.CI_JOB_TOKEN}'),
      line: byName,
      environment: jobEnvironment,
      user: job,
      expandsVariables: true,
    },
    {
      name: 'the token of a job in the environment',
      line: byUrl('${CI_JOB_TOKEN}', job[0], '${CI_PROJECT_ID}').replace('python3', 'python'),
      environment: jobEnvironment,
      user: job,
    },
    {
      name: 'a personal access token in the environment',
      line: byUrl(token, '__token__', '7'),
      environment: {},
      user: ['__token__', token],
    },
    {
      name: 'a deploy token in the environment, the project by its path',
      line: byUrl(deploy[1], deploy[0], 'group%2Fproject'),
      environment: {},
      user: deploy,
    },
  ];
  return lines.map((one) => ({
    ...one,
    line: one.line.replaceAll(host, origin),
    ...(one.pypirc === undefined ? {} : { pypirc: one.pypirc.replaceAll(host, origin) }),
  }));
}
