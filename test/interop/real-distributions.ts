import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { peer, runSuccessfully } from './commands.ts';

/** A source tree that a build back-end turns into a wheel and an sdist. */
export interface SourceProject {
  readonly name: string;
  /** As installers report it after the build. */
  readonly version: string;
  /** The module that the project installs; it has a `VALUE`. */
  readonly module: string;
  readonly files: Readonly<Record<string, string>>;
}

const setuptoolsPyproject = (name: string, version: string, module: string) => `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "${name}"
version = "${version}"
requires-python = ">=3.8"
description = "Proof made by setuptools"

[tool.setuptools]
packages = ["${module}"]
`;

/** Names in the spellings that people use: dots, dashes, underscores and capitals. */
export const sourceProjects = {
  setuptools: {
    name: 'Proof.Setup_Tools',
    version: '1.2.0',
    module: 'proof_setup_tools',
    files: {
      'pyproject.toml': setuptoolsPyproject('Proof.Setup_Tools', '1.2.0', 'proof_setup_tools'),
      'proof_setup_tools/__init__.py': 'VALUE = "setuptools"\n',
    },
  },
  flit: {
    name: 'proof-flit',
    version: '2.0.post1',
    module: 'proof_flit',
    files: {
      'pyproject.toml': `[build-system]
requires = ["flit_core >=3.2"]
build-backend = "flit_core.buildapi"

[project]
name = "proof-flit"
version = "2.0.post1"
description = "Proof made by flit"
`,
      'proof_flit/__init__.py': 'VALUE = "flit"\n',
    },
  },
  hatchling: {
    name: 'proof_hatch',
    version: '3.0rc1',
    module: 'proof_hatch',
    files: {
      'pyproject.toml': `[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "proof_hatch"
version = "3.0rc1"
requires-python = ">=3.8,<4"
description = "Proof made by hatchling"
`,
      'proof_hatch/__init__.py': 'VALUE = "hatchling"\n',
    },
  },
  native: {
    name: 'proof-native',
    version: '0.1',
    module: 'proof_native',
    files: {
      'pyproject.toml': `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "proof-native"
version = "0.1"
description = "Proof made by a compiler"

[tool.setuptools]
py-modules = []
`,
      'setup.py': `from setuptools import Extension, setup

setup(ext_modules=[Extension("proof_native", ["proof_native.c"])])
`,
      'proof_native.c': `#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "proof_native", NULL, -1, NULL};

PyMODINIT_FUNC PyInit_proof_native(void) {
  PyObject *made = PyModule_Create(&module);
  if (made != NULL) PyModule_AddStringConstant(made, "VALUE", "native");
  return made;
}
`,
    },
  },
  dev: {
    name: 'proof-dev',
    version: '0.3.dev0+g1234567',
    module: 'proof_dev',
    files: {
      'pyproject.toml': setuptoolsPyproject('proof-dev', '0.3.dev0+g1234567', 'proof_dev'),
      'proof_dev/__init__.py': 'VALUE = "dev"\n',
    },
  },
} as const satisfies Record<string, SourceProject>;

/** The same projects in dev versions, with and without a local part; the one by setuptools has a `.data` folder. */
export const devProjects = {
  setuptools: {
    ...sourceProjects.setuptools,
    version: '1.3.dev0',
    files: {
      ...sourceProjects.setuptools.files,
      'pyproject.toml': `${setuptoolsPyproject('Proof.Setup_Tools', '1.3.dev0', 'proof_setup_tools')}
[tool.setuptools.data-files]
"share/proof" = ["proof.txt"]
`,
      'proof.txt': 'goes below .data\n',
    },
  },
  flit: inVersion(sourceProjects.flit, '2.1.dev3+g0123abc'),
  hatchling: inVersion(sourceProjects.hatchling, '3.1.dev0'),
  native: inVersion(sourceProjects.native, '0.2.dev1+d20261121'),
} as const satisfies Record<string, SourceProject>;

function inVersion(project: SourceProject, version: string): SourceProject {
  const replace = (text: string) => text.replace(`version = "${project.version}"`, `version = "${version}"`);
  const files = Object.entries(project.files).map(([name, text]) => [name, replace(text)]);
  return { ...project, version, files: Object.fromEntries(files) as SourceProject['files'] };
}

/** Builds the wheel and the sdist of a project into `folder`, with the back-ends of the peers' environment. */
export async function buildDistributions(
  project: SourceProject,
  workFolder: string,
  folder: string,
): Promise<void> {
  const tree = join(workFolder, project.module);
  for (const [name, content] of Object.entries(project.files)) {
    await mkdir(dirname(join(tree, name)), { recursive: true });
    await writeFile(join(tree, name), content);
  }
  await runSuccessfully(peer('python'), ['-m', 'build', '--no-isolation', '--outdir', folder, tree], {
    env: { SOURCE_DATE_EPOCH: '1735689600' },
  });
}

/** The files of a folder by name, with their bytes. */
export async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) files.set(entry.name, await readFile(join(folder, entry.name)));
  }
  return files;
}
