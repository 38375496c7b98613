import type { FilesByProject } from '../listing/file-order.ts';
import type { IndexedFile } from '../model/artifact.ts';
import { compareText } from '../model/compare-text.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { normalizeName } from '../model/name.ts';

/** The files that a wheelhouse's pages list, in the order of their names; each is made when it is asked for. */
export class Files implements Iterable<IndexedFile> {
  readonly #names: readonly string[];
  readonly #mostHeld: number;
  readonly #make: (filename: string) => IndexedFile | undefined;
  #byProject: ReadonlyMap<string, readonly string[]> | undefined;
  readonly #held = new Map<string, readonly IndexedFile[]>();
  /** By project, of all its files. */
  readonly #sizes = new Map<string, number>();
  #heldCount = 0;

  /**
   * `names` are in order; `make` makes nothing of any other. Up to `mostHeld` files are kept once they are made: all
   * those of most containers, and a part of the largest.
   */
  constructor(
    names: readonly string[],
    make: (filename: string) => IndexedFile | undefined,
    { mostHeld = 12_000 }: { readonly mostHeld?: number | undefined } = {},
  ) {
    this.#names = names;
    this.#make = make;
    this.#mostHeld = mostHeld;
  }

  get length(): number {
    return this.#names.length;
  }

  get(filename: string): IndexedFile | undefined {
    return this.#make(filename);
  }

  *[Symbol.iterator](): Generator<IndexedFile, void> {
    for (const filename of this.#names) {
      const file = this.#make(filename);
      if (file !== undefined) yield file;
    }
  }

  /** Normalized names, in their order. */
  get projects(): readonly string[] {
    return [...this.#groups().keys()];
  }

  /** The names of a project's files, in their order. */
  namesOf(project: string): readonly string[] {
    return this.#groups().get(project) ?? [];
  }

  ofProject(project: string): readonly IndexedFile[] {
    return this.#held.get(project) ?? this.#hold(project, this.#makeAll(project));
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

  #makeAll(project: string): IndexedFile[] {
    const files = this.namesOf(project).map((filename) => this.#make(filename));
    return files.filter((file) => file !== undefined);
  }

  /** In bytes. */
  #sizeOf(project: string): number {
    if (!this.#sizes.has(project)) this.ofProject(project);
    return this.#sizes.get(project) ?? 0;
  }

  #hold(project: string, files: readonly IndexedFile[]): readonly IndexedFile[] {
    this.#held.set(project, files);
    this.#sizes.set(
      project,
      files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
    this.#heldCount += files.length;
    for (const [oldest, { length }] of this.#held) {
      if (this.#heldCount <= this.#mostHeld || oldest === project) break;
      this.#held.delete(oldest);
      this.#heldCount -= length;
    }
    return files;
  }

  #groups(): ReadonlyMap<string, readonly string[]> {
    return (this.#byProject ??= groupByProject(this.#names));
  }
}

export const noFiles = new Files([], () => undefined);

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
