import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles a program and all that it imports, for a process of its own: Node 20 runs no TypeScript, and the built
 * package may be older than the sources under test. Returns the path to run.
 */
export async function compile(entry: string, outDir: string): Promise<string> {
  await mkdir(outDir, { recursive: true });
  await writeFile(join(outDir, 'package.json'), '{"type":"module"}');
  const settings = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(settings.config, ts.sys, root);
  const program = ts.createProgram([entry], { ...options, noEmit: false, rootDir: root, outDir });
  if (program.emit().emitSkipped) throw new Error(`${entry} cannot be compiled`);
  return join(outDir, relative(root, entry).replace(/\.ts$/, '.js'));
}
