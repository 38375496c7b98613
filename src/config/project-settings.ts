/** What a project's own files may say. */
export interface ProjectSettings {
  readonly name?: string;
  /** Normalized, PEP 440. */
  readonly version?: string;
  /** The version is made by the build, or is no version yet: it must be given with `--version`. */
  readonly dynamicVersion?: boolean;
  readonly artifactIndexes?: readonly string[];
  readonly container?: string;
  readonly repository?: string;
  /** The platforms that must be there: tags, or the one path of a file with them. */
  readonly expect?: readonly string[];
  readonly keepDev?: number;
}

/** The settings of a project, and the file that each comes from. */
export interface ProjectConfig extends ProjectSettings {
  readonly origins: Readonly<Partial<Record<keyof ProjectSettings, string>>>;
}
