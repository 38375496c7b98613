import { appendFileSync } from 'node:fs';
import { WheelhouseError } from '../../src/model/errors.ts';
import { openFolder } from '../../src/storage/drivers/folder.ts';
import { bytesSource } from '../../src/storage/source.ts';

/**
 * One of many writers, run as a process of its own: adds a line to the one page, over and over, by compare and swap.
 * It notes each line in its own journal only once the container has confirmed it: a noted line must never be lost.
 */
const [root = '', journal = '', name = ''] = process.argv.slice(2);
const container = openFolder(root);

for (let n = 0; ; n++) {
  const line = `${name}-${n}`;
  while (!(await append(line))) continue;
  appendFileSync(journal, `${line}\n`);
}

async function append(line: string): Promise<boolean> {
  const page = await container.read('page');
  const chunks: Buffer[] = [];
  if (page !== undefined) for await (const chunk of page.body) chunks.push(chunk as Buffer);
  const text = `${Buffer.concat(chunks).toString()}${line}\n`;
  try {
    await container.write('page', bytesSource(text), {
      contentType: 'text/plain',
      condition: page === undefined ? { ifAbsent: true } : { ifTag: page.tag },
    });
    return true;
  } catch (thrown) {
    if (thrown instanceof WheelhouseError && thrown.code === 'PRECONDITION_FAILED') return false;
    throw thrown;
  }
}
