import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFolder, type FolderOptions } from '../../../src/storage/drivers/folder.ts';
import { describeContainer, inParallel } from '../../conformance/container.ts';
import { makeScratchFolder } from '../scratch-folder.ts';

const openMissing = (options: FolderOptions) => async () => {
  const scratch = await makeScratchFolder();
  const path = join(scratch.path, 'wheelhouse');
  return {
    container: openFolder(path, options),
    another: () => openFolder(path, options),
    cleanup: scratch.remove,
  };
};

describeContainer('folder', openMissing({}), {
  contentType: false,
  fill: async (container, keys) => {
    const root = fileURLToPath(container.url);
    await mkdir(join(root, 'many'));
    await inParallel(keys, 16, (key) => writeFile(join(root, key), 'x'));
  },
});
describeContainer('folder without hard links', openMissing({ hardLinks: false }), {
  contentType: false,
  manyObjects: 0,
});
