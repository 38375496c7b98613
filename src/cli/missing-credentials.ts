import type { CredentialStore } from '../config/store-credentials.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { Location } from '../storage/location.ts';

/** What each store's own tools read. */
const ownWays: Readonly<Record<CredentialStore, string>> = {
  s3: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
  azure: 'AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY, or AZURE_STORAGE_CONNECTION_STRING',
  gs: 'GOOGLE_APPLICATION_CREDENTIALS',
  swift: "an openrc file's OS_USERNAME and OS_PASSWORD",
  hp: "an openrc file's OS_USERNAME and OS_PASSWORD",
  rackspace: 'OS_USERNAME and OS_PASSWORD',
};

/** Nothing says who one is at a store. A bare name is more often a folder than a container of the original's default. */
export function usernameMissing(store: CredentialStore, location: Location): WheelhouseError {
  const { url, name, assumed, doubt } = location;
  if (assumed === true)
    return new WheelhouseError('CONFIG', `${url} needs a user name`, {
      hint: `${doubt ?? `for the folder write ./${name}`}; for another store its URL, such as s3://${name}; for Rackspace Cloud Files, the default, give --username`,
    });
  // A key file of Google says whose it is.
  const missing = store === 'gs' ? 'credentials' : store === 's3' ? 'an access key' : 'a user name';
  const flags = store === 'gs' ? '--secret with a key file' : '--username';
  return new WheelhouseError('CONFIG', `${url} needs ${missing}`, {
    hint: `give ${flags}, or set ${ownWays[store]}`,
  });
}
