import { homedir } from 'node:os';
import { expect, it } from 'vitest';
import { homeFolder } from '../../src/config/home-folder.ts';

const environment = { HOME: '/home/ann', USERPROFILE: 'C:\\Users\\ann' };

it.each([
  ['HOME', 'linux', environment, '/home/ann'],
  ['HOME', 'darwin', environment, '/home/ann'],
  ['not the HOME of some shell', 'win32', environment, 'C:\\Users\\ann'],
  ['what the system says, without a variable', 'linux', {}, homedir()],
  ['what the system says, without its own variable', 'win32', { HOME: '/home/ann' }, homedir()],
] as const)('is %s on %s', (_, platform, variables, folder) => {
  expect(homeFolder(variables, platform)).toBe(folder);
});
