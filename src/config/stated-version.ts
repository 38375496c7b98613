import { normalizeVersion } from '../model/version.ts';
import type { ProjectSettings } from './project-settings.ts';

/**
 * The settings for a version that a file states. What is no version (PEP 440) is a template that the build fills in,
 * such as `@VERSION@`; nobody's upload should fail for it, so it counts as dynamic.
 */
export function statedVersion(text: string | undefined): Pick<ProjectSettings, 'version' | 'dynamicVersion'> {
  if (text === undefined || text.trim() === '') return {};
  const version = normalizeVersion(text);
  return version === undefined ? { dynamicVersion: true } : { version };
}
