import { upload } from '../../src/flows/upload.ts';
import type { UploadOptions } from '../../src/flows/upload/options.ts';
import type { Summary, UploadOutcome, WheelhouseEvent } from '../../src/model/events.ts';
import type { Container } from '../../src/storage/container.ts';
import { makeFolder, makeWheel, type MadeDistribution } from '../make-distribution.ts';

/** Uploads these files from a folder of their own; nothing waits for real. */
export async function uploadFiles(
  container: Container,
  files: readonly { filename: string; bytes: Buffer | string }[],
  options: Partial<UploadOptions> = {},
): Promise<Summary<UploadOutcome> & { events: WheelhouseEvent[] }> {
  await using folder = await makeFolder(files);
  const events: WheelhouseEvent[] = [];
  const summary = await upload({
    container,
    localFolder: folder.path,
    waiting: { sleep: () => Promise.resolve(), random: Math.random },
    clock: () => new Date('2026-11-21T10:00:00Z'),
    stamp: false,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { ...summary, events };
}

/** Many small wheels of one project. */
export function makeWheels(count: number, project = 'pkg'): MadeDistribution[] {
  return Array.from({ length: count }, (_, i) => makeWheel({ project, version: `1.${i}` }));
}

/** Two builds of one name that only their bytes tell apart. */
export function makeTwins(): [MadeDistribution, MadeDistribution] {
  const bySize = new Map<number, MadeDistribution>();
  for (let build = 0; ; build++) {
    const made = makeWheel({ project: 'pkg', version: '1.1.dev0', module: `build = ${build}\n` });
    const twin = bySize.get(made.bytes.length);
    if (twin !== undefined) return [twin, made];
    bySize.set(made.bytes.length, made);
  }
}
