type Environment = Readonly<Record<string, string | undefined>>;

/** How each CI provider says that a build belongs to a pull request: variable, and what counts as yes. */
const signs: readonly { provider: string; variable: string; means: (value: string) => boolean }[] = [
  { provider: 'GitHub Actions', variable: 'GITHUB_EVENT_NAME', means: (v) => v.startsWith('pull_request') },
  { provider: 'GitLab CI', variable: 'CI_MERGE_REQUEST_IID', means: isNumber },
  { provider: 'GitLab CI', variable: 'CI_EXTERNAL_PULL_REQUEST_IID', means: isNumber },
  { provider: 'Travis CI', variable: 'TRAVIS_PULL_REQUEST', means: isClaim },
  { provider: 'AppVeyor', variable: 'APPVEYOR_PULL_REQUEST_NUMBER', means: isClaim },
  { provider: 'Azure Pipelines', variable: 'SYSTEM_PULLREQUEST_PULLREQUESTID', means: isNumber },
  { provider: 'Azure Pipelines', variable: 'BUILD_REASON', means: (v) => v === 'PullRequest' },
  { provider: 'CircleCI', variable: 'CIRCLE_PULL_REQUEST', means: isClaim },
  { provider: 'CircleCI', variable: 'CIRCLE_PR_NUMBER', means: isNumber },
  { provider: 'Buildkite', variable: 'BUILDKITE_PULL_REQUEST', means: isClaim },
  { provider: 'Jenkins', variable: 'CHANGE_ID', means: isClaim },
  { provider: 'Jenkins', variable: 'ghprbPullId', means: isNumber },
  { provider: 'Jenkins', variable: 'gitlabMergeRequestIid', means: isNumber },
  { provider: 'Bamboo', variable: 'bamboo_repository_pr_key', means: isNumber },
  { provider: 'Bitbucket Pipelines', variable: 'BITBUCKET_PR_ID', means: isNumber },
  { provider: 'Cirrus CI', variable: 'CIRRUS_PR', means: isNumber },
  { provider: 'Drone', variable: 'DRONE_PULL_REQUEST', means: isNumber },
  { provider: 'Drone', variable: 'DRONE_BUILD_EVENT', means: (v) => v === 'pull_request' },
  { provider: 'Woodpecker', variable: 'CI_COMMIT_PULL_REQUEST', means: isNumber },
  { provider: 'Woodpecker', variable: 'CI_PIPELINE_EVENT', means: (v) => v.startsWith('pull_request') },
  { provider: 'Semaphore', variable: 'SEMAPHORE_GIT_PR_NUMBER', means: isNumber },
  {
    provider: 'AWS CodeBuild',
    variable: 'CODEBUILD_WEBHOOK_EVENT',
    means: (v) => v.startsWith('PULL_REQUEST') && v !== 'PULL_REQUEST_MERGED',
  },
  { provider: 'Codefresh', variable: 'CF_PULL_REQUEST_NUMBER', means: isNumber },
  { provider: 'Bitrise', variable: 'BITRISE_PULL_REQUEST', means: isClaim },
  { provider: 'Appcircle', variable: 'AC_PULL_NUMBER', means: isNumber },
  { provider: 'Netlify', variable: 'PULL_REQUEST', means: (v) => v === 'true' },
  { provider: 'Vela', variable: 'VELA_PULL_REQUEST', means: isNumber },
  { provider: 'Screwdriver', variable: 'SD_PULL_REQUEST', means: isNumber },
  { provider: 'Scrutinizer', variable: 'SCRUTINIZER_PR_NUMBER', means: isNumber },
  { provider: 'Buddy', variable: 'BUDDY_EXECUTION_PULL_REQUEST_ID', means: isClaim },
  { provider: 'Prow', variable: 'PULL_NUMBER', means: isNumber },
];

/**
 * Says which CI provider calls this build a pull request build, or undefined where none does.
 * Forks' pull requests run foreign code: their artifacts do not belong in the wheelhouse.
 */
export function detectPullRequest(environment: Environment): string | undefined {
  for (const { provider, variable, means } of signs) {
    const value = environment[variable]?.trim();
    if (value !== undefined && value !== '' && means(value))
      return `${provider} (${variable}=${value.slice(0, 80)})`;
  }
  return undefined;
}

function isNumber(value: string): boolean {
  return /^[0-9]+$/.test(value) && Number(value) > 0;
}

/** Some providers always set the variable, to `false` where there is no pull request. */
function isClaim(value: string): boolean {
  return !/^(?:false|0|none|null)$/i.test(value);
}
