/** What a project's own files may say. */
export interface ProjectSettings {
  readonly name?: string | undefined;
  /** Normalized, PEP 440. */
  readonly version?: string | undefined;
  /** The version is made by the build, or is no version yet: it must be given with `--version`. */
  readonly dynamicVersion?: boolean | undefined;
  readonly artifactIndexes?: readonly string[] | undefined;
  readonly container?: string | undefined;
  readonly repository?: string | undefined;
  /** The platforms that must be there: tags, or the one path of a file with them. */
  readonly expect?: readonly string[] | undefined;
  readonly keepDev?: number | undefined;
}

/** The settings of a project, and the file that each comes from. */
export interface ProjectConfig extends ProjectSettings {
  readonly origins: Readonly<Partial<Record<keyof ProjectSettings, string>>>;
}
