import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { gitlabUploadUrl, jobLogin } from '../../src/registry/gitlab.ts';

const api = (project: string, origin = 'https://gitlab.example') =>
  `${origin}/api/v4/projects/${project}/packages/pypi`;

describe('gitlabUploadUrl', () => {
  it.each([
    ['gitlab.example/7', api('7')],
    ['gitlab.example/group/project', api('group%2Fproject')],
    ['gitlab.example/group/sub.group/my_project-2', api('group%2Fsub.group%2Fmy_project-2')],
    ['gitlab.example/group%2Fproject', api('group%2Fproject')],
    ['https://gitlab.example/group/project', api('group%2Fproject')],
    ['https://gitlab.example/group/project/-/packages', api('group%2Fproject')],
    ['https://GitLab.example/group/project.git', api('group%2Fproject')],
    ['gitlab.example/group/project/', api('group%2Fproject')],
    ['gitlab.example:8443/7', api('7', 'https://gitlab.example:8443')],
    ['http://127.0.0.1:8080/7', api('7', 'http://127.0.0.1:8080')],
  ])('%s is %s', (place, url) => expect(gitlabUploadUrl(place)).toBe(url));

  it.each([
    ['gitlab.example', /takes HOST\/PROJECT/],
    ['', /takes HOST\/PROJECT/],
    ['/group/project', /takes HOST\/PROJECT/],
    ['ftp://gitlab.example/group/project', /takes HOST\/PROJECT|no path/],
    ['git lab/group/project', /takes HOST\/PROJECT/],
    ['me:hunter2@gitlab.example/group/project', /takes HOST\/PROJECT/],
    ['gitlab.example/project', /only its number/],
    ['gitlab.example/group//project', /no path of a GitLab project/],
    ['gitlab.example/group/../other', /no path of a GitLab project/],
    ['gitlab.example/group/project?x=1', /no path of a GitLab project/],
  ])('refuses “%s”', (place, message) => {
    let refused: unknown;
    try {
      gitlabUploadUrl(place);
    } catch (thrown) {
      refused = thrown;
    }
    expect(refused).toBeInstanceOf(WheelhouseError);
    expect(refused).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) as string });
    expect((refused as WheelhouseError).hint).toBeDefined();
    expect((refused as WheelhouseError).message).not.toContain('hunter2');
  });
});

describe('jobLogin', () => {
  const token = { CI_JOB_TOKEN: 'glcbt-64_secret' };
  const here = { ...token, CI_SERVER_HOST: 'gitlab.example' };
  it.each<[what: string, env: Record<string, string>, url: string, given: boolean]>([
    ["of the job's own server", { ...token, CI_API_V4_URL: 'https://gitlab.example/api/v4' }, api('7'), true],
    [
      'under a path of its own',
      { ...token, CI_API_V4_URL: 'https://b.example/git/api/v4' },
      api('7', 'https://b.example/git'),
      true,
    ],
    ['by host alone', here, api('7'), true],
    ['by host and port', { ...here, CI_SERVER_PORT: '8443' }, api('7', 'https://gitlab.example:8443'), true],
    [
      'by host and protocol',
      { ...here, CI_SERVER_PROTOCOL: 'http', CI_SERVER_PORT: '80' },
      api('7', 'http://gitlab.example'),
      true,
    ],
    ['never to another host', here, api('7', 'https://gitlab.example.evil.example'), false],
    ['never to another port', here, api('7', 'https://gitlab.example:8443'), false],
    ['never in the clear', here, api('7', 'http://gitlab.example'), false],
    [
      'never beside the API',
      { ...token, CI_API_V4_URL: 'https://gitlab.example/git/api/v4' },
      api('7'),
      false,
    ],
    ['never to what is no registry', here, 'https://gitlab.example/legacy/', false],
    ['not where no server is known', token, api('7'), false],
    ['not without a token', { CI_SERVER_HOST: 'gitlab.example', CI_JOB_TOKEN: '' }, api('7'), false],
  ])('%s', (_, env, url, given) => {
    const login = jobLogin(env, new URL(url));
    expect(login === undefined ? undefined : [login.username, login.password.reveal()]).toEqual(
      given ? ['gitlab-ci-token', token.CI_JOB_TOKEN] : undefined,
    );
  });
});
