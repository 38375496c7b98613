import { describe, expect, it } from 'vitest';
import { detectPullRequest } from '../../src/config/pull-request.ts';

describe('detectPullRequest', () => {
  it.each<[Record<string, string>, string]>([
    [{ GITHUB_EVENT_NAME: 'pull_request' }, 'GitHub Actions'],
    [{ GITHUB_EVENT_NAME: 'pull_request_target' }, 'GitHub Actions'],
    [{ CI_MERGE_REQUEST_IID: '12' }, 'GitLab CI'],
    [{ CI_EXTERNAL_PULL_REQUEST_IID: '3' }, 'GitLab CI'],
    [{ TRAVIS_PULL_REQUEST: '417' }, 'Travis CI'],
    [{ APPVEYOR_PULL_REQUEST_NUMBER: '9' }, 'AppVeyor'],
    [{ BUILD_REASON: 'PullRequest' }, 'Azure Pipelines'],
    [{ SYSTEM_PULLREQUEST_PULLREQUESTID: '77' }, 'Azure Pipelines'],
    [{ CIRCLE_PULL_REQUEST: 'https://github.com/o/r/pull/5' }, 'CircleCI'],
    [{ CIRCLE_PR_NUMBER: '5' }, 'CircleCI'],
    [{ BUILDKITE_PULL_REQUEST: '123' }, 'Buildkite'],
    [{ CHANGE_ID: '42' }, 'Jenkins'],
    [{ gitlabMergeRequestIid: '42' }, 'Jenkins'],
    [{ bamboo_repository_pr_key: '33' }, 'Bamboo'],
    [{ BITBUCKET_PR_ID: '1' }, 'Bitbucket Pipelines'],
    [{ CIRRUS_PR: '8' }, 'Cirrus CI'],
    [{ DRONE_PULL_REQUEST: '8' }, 'Drone'],
    [{ CI_PIPELINE_EVENT: 'pull_request' }, 'Woodpecker'],
    [{ SEMAPHORE_GIT_PR_NUMBER: '2' }, 'Semaphore'],
    [{ CODEBUILD_WEBHOOK_EVENT: 'PULL_REQUEST_UPDATED' }, 'AWS CodeBuild'],
    [{ PULL_NUMBER: '2' }, 'Prow'],
  ])('%o is a pull request build', (environment, provider) => {
    expect(detectPullRequest(environment)).toContain(provider);
  });

  it.each<Record<string, string>>([
    {},
    { GITHUB_EVENT_NAME: 'push' },
    { GITHUB_EVENT_NAME: 'workflow_dispatch' },
    { GITHUB_EVENT_NAME: '' },
    { TRAVIS_PULL_REQUEST: 'false' },
    { BUILDKITE_PULL_REQUEST: 'false' },
    { APPVEYOR_PULL_REQUEST_NUMBER: '' },
    { CI_MERGE_REQUEST_IID: '' },
    { BUILD_REASON: 'IndividualCI' },
    { CI_PIPELINE_EVENT: 'push' },
    { DRONE_PULL_REQUEST: '0' },
    { CODEBUILD_WEBHOOK_EVENT: 'PULL_REQUEST_MERGED' },
    { CODEBUILD_WEBHOOK_EVENT: 'PUSH' },
  ])('%o is none', (environment) => {
    expect(detectPullRequest(environment)).toBeUndefined();
  });

  it('says by which variable it knows', () => {
    expect(detectPullRequest({ TRAVIS_PULL_REQUEST: '417' })).toBe('Travis CI (TRAVIS_PULL_REQUEST=417)');
  });
});
