import { listKeys } from '../../conformance/contents.ts';
import { openSwift } from '../../../src/storage/drivers/swift.ts';
import { parseLocation } from '../../../src/storage/location.ts';
import { bytesSource } from '../../../src/storage/source.ts';

// A program of its own: it uses a container as its environment says, and prints what it holds.

const container = await openSwift(parseLocation('swift://wheels'));
await container.create();
await container.write('a.whl', bytesSource('x'), { contentType: 'a/b' });
process.stdout.write(JSON.stringify(await listKeys(container)));
await container.close();
