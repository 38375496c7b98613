import { fingerprintProject } from '../listing/fingerprint.ts';
import type { IndexedFile } from '../model/artifact.ts';
import type { Page } from './page.ts';
import { projectKeys, projectPages } from './pages.ts';

/**
 * The pages of a project that has files. What they are made of tells whether they are those that the flat page
 * certifies; so only pages that may have to be written are rendered, and an upload into a large container renders few.
 */
export class ProjectPages {
  readonly #project: string;
  readonly #files: () => readonly IndexedFile[];
  readonly #slashKeys: boolean;
  readonly #fingerprint: string;
  #rendered: readonly Page[] | undefined;

  /** `files` gives the project's files, in the order of their names. */
  constructor(project: string, files: () => readonly IndexedFile[], slashKeys: boolean) {
    this.#project = project;
    this.#files = files;
    this.#slashKeys = slashKeys;
    this.#fingerprint = fingerprintProject(project, files());
  }

  /** Rendered and measured when they are first asked for. */
  get pages(): readonly Page[] {
    return (this.#rendered ??= projectPages(this.#project, this.#files, this.#slashKeys));
  }

  /** What the flat page says of these pages once they are written: what they are made of, and the size of each kind. */
  get certificate(): string {
    const sizeOf = (isKind: (key: string) => boolean) =>
      this.pages.find(({ key }) => isKind(key))?.content.sizeBytes ?? 0;
    return [this.#fingerprint, sizeOf((key) => !isJson(key)), sizeOf(isJson)].join('-');
  }

  /** By key, in bytes, as they should be. */
  get sizes(): ReadonlyMap<string, number> {
    return new Map(this.pages.map(({ key, content }) => [key, content.sizeBytes]));
  }

  /** The same by a certificate, without rendering; undefined when it is one of other pages. */
  certifiedSizes(certificate: string | undefined): ReadonlyMap<string, number> | undefined {
    const [, fingerprint, html, json] = /^(\w+)-([1-9]\d*)-([1-9]\d*)$/.exec(certificate ?? '') ?? [];
    if (fingerprint !== this.#fingerprint) return undefined;
    const keys = projectKeys(this.#project, this.#slashKeys);
    return new Map(keys.map((key) => [key, Number(isJson(key) ? json : html)]));
  }
}

function isJson(key: string): boolean {
  return key.endsWith('.json');
}
