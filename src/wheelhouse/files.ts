import type { FilesByProject } from '../listing/file-order.ts';
import type { IndexedFile } from '../model/artifact.ts';
import { compareText } from '../model/compare-text.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { normalizeName } from '../model/name.ts';
import { mostUnpacked } from './packed.ts';

/** The files that a wheelhouse's pages list, in the order of their names; each is made when it is asked for. */
export class Files implements Iterable<IndexedFile> {
  readonly #names: readonly string[];
  readonly #make: (filename: string) => IndexedFile | undefined;
  readonly #areKept: boolean;
  readonly #kept = new Map<string, IndexedFile>();
  #groups: ReadonlyMap<string, readonly string[]> | undefined;
  #last: { readonly project: string; readonly files: readonly IndexedFile[] } | undefined;
  /** By project, of all its files. */
  readonly #sizes = new Map<string, number>();

  /** `names` are in order; `make` makes nothing of any other. What is made is kept, unless there are more than `mostKept`. */
  constructor(
    names: readonly string[],
    make: (filename: string) => IndexedFile | undefined,
    { mostKept = mostUnpacked }: { readonly mostKept?: number | undefined } = {},
  ) {
    this.#names = names;
    this.#make = make;
    this.#areKept = names.length <= mostKept;
  }

  get length(): number {
    return this.#names.length;
  }

  get(filename: string): IndexedFile | undefined {
    const kept = this.#kept.get(filename);
    if (kept !== undefined) return kept;
    const made = this.#make(filename);
    if (made !== undefined && this.#areKept) this.#kept.set(filename, made);
    return made;
  }

  [Symbol.iterator](): Generator<IndexedFile, void> {
    return this.#each(this.#names);
  }

  /** Normalized names, in their order. */
  get projects(): readonly string[] {
    return [...this.#byProject().keys()];
  }

  /** The names of a project's files, in their order. */
  namesOf(project: string): readonly string[] {
    return this.#byProject().get(project) ?? [];
  }

  /** A project is asked for several times in a row. */
  ofProject(project: string): readonly IndexedFile[] {
    if (this.#last?.project === project) return this.#last.files;
    const files = [...this.#each(this.namesOf(project))];
    this.#last = { project, files };
    if (!this.#sizes.has(project)) this.#sizes.set(project, sumOf(files));
    return files;
  }

  byProject(): FilesByProject {
    const { projects } = this;
    const ofProject = (project: string) => this.ofProject(project);
    return {
      size: projects.length,
      fileCount: this.length,
      sizeBytes: projects.reduce((sum, project) => sum + this.#sizeOf(project), 0),
      *[Symbol.iterator]() {
        for (const project of projects) yield [project, ofProject(project)] as const;
      },
    };
  }

  /** In bytes. */
  #sizeOf(project: string): number {
    return this.#sizes.get(project) ?? sumOf(this.ofProject(project));
  }

  *#each(names: readonly string[]): Generator<IndexedFile, void> {
    for (const filename of names) {
      const file = this.get(filename);
      if (file !== undefined) yield file;
    }
  }

  #byProject(): ReadonlyMap<string, readonly string[]> {
    return (this.#groups ??= groupByProject(this.#names));
  }
}

export const noFiles = new Files([], () => undefined);

function sumOf(files: readonly IndexedFile[]): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}

function groupByProject(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const filename of names) {
    const parsed = parseDistributionFilename(filename);
    if (!parsed.ok) continue;
    const project = normalizeName(parsed.value.project);
    const group = groups.get(project);
    if (group === undefined) groups.set(project, [filename]);
    else group.push(filename);
  }
  return new Map([...groups].sort(([a], [b]) => compareText(a, b)));
}
