// Node 20 runs no TypeScript: what the bench shares with the tests is compiled first.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles a module of `test/`, and all that it imports, into a folder; gives the URL to import. */
export function compileTest(module, outDir) {
  mkdirSync(outDir, { recursive: true });
  writeFileSync(join(outDir, 'package.json'), '{"type":"module"}');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const entry = join(root, 'test', module);
  const program = ts.createProgram([entry], { ...options, noEmit: false, rootDir: root, outDir });
  if (program.emit().emitSkipped) throw new Error(`${entry} cannot be compiled`);
  return pathToFileURL(join(outDir, 'test', module.replace(/\.ts$/, '.js'))).href;
}
