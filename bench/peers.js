// Where the peers are: PEERS and ORIGINAL name virtual environments, aria2c is looked for on the PATH.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const { PEERS = '', ORIGINAL = '', PATH = '' } = process.env;

const onPath = (program) =>
  PATH.split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
const inEnvironment = (folder, program) =>
  [join(folder, 'bin', program)].find((path) => folder !== '' && existsSync(path));

/** Each peer: its program, or undefined where it is absent, and how to get it. */
const known = {
  original: {
    program: inEnvironment(ORIGINAL, 'python'),
    advice: 'ORIGINAL must name a virtual environment with wheelhouse-uploader 0.10.3',
  },
  pip: { program: inEnvironment(PEERS, 'pip'), advice: 'PEERS must name a virtual environment with pip' },
  twine: {
    program: inEnvironment(PEERS, 'twine'),
    advice: 'PEERS must name a virtual environment with twine',
  },
  versitygw: {
    program: onPath('versitygw'),
    advice:
      'versitygw, the S3 server, must be on the PATH (go install github.com/versity/versitygw/cmd/versitygw@latest)',
  },
  rclone: {
    program: onPath('rclone'),
    advice: 'rclone must be on the PATH (go install github.com/rclone/rclone@latest)',
  },
  s5cmd: {
    program: inEnvironment(PEERS, 's5cmd') ?? onPath('s5cmd'),
    advice: 'PEERS must name a virtual environment with s5cmd, or s5cmd must be on the PATH',
  },
  aws: { program: inEnvironment(PEERS, 'aws'), advice: 'PEERS must name a virtual environment with awscli' },
  swift: {
    program: onPath('swift-proxy-server'),
    advice: 'OpenStack Swift must be installed (Debian: apt-get install swift-proxy and the like)',
  },
  aria2c: { program: onPath('aria2c'), advice: 'aria2c must be on the PATH (Debian: apt-get install aria2)' },
};

/** The programs of these peers but those that are left out. Throws with one line for each that is missing. */
export function findPeers(besides, without) {
  const unknown = without.filter((name) => !(name in known));
  if (unknown.length > 0)
    throw new Error(`--without knows ${Object.keys(known).join(', ')}; not ${unknown.join(', ')}`);
  const wanted = Object.entries(known).filter(([name]) => besides.includes(name) && !without.includes(name));
  const missing = wanted.filter(([, { program }]) => program === undefined);
  if (missing.length > 0) {
    const lines = missing.map(
      ([name, { advice }]) => `missing peer ${name}: ${advice}, or give --without ${name}`,
    );
    throw new Error([...lines, 'bench/README.md tells how to get them'].join('\n'));
  }
  return Object.fromEntries(wanted.map(([name, { program }]) => [name, program]));
}
