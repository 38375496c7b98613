import type { Container, ReadOptions, StoredObject } from '../../src/storage/container.ts';

/** Everything that a container lists, in the order in which it does. */
export async function listAll(container: Container, prefix?: string): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of container.list(prefix)) objects.push(object);
  return objects;
}

export async function listKeys(container: Container, prefix?: string): Promise<string[]> {
  return (await listAll(container, prefix)).map(({ key }) => key);
}

/** The bytes of an object as text; undefined when it is not there. */
export async function readText(
  container: Container,
  key: string,
  options?: ReadOptions,
): Promise<string | undefined> {
  const opened = await container.read(key, options);
  if (opened === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of opened.body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
