import { toWheelhouseError } from '../model/errors.ts';
import type { Container } from '../storage/container.ts';

/** What is read of a container, undefined where it is not there yet: the first run that writes makes it. */
export async function ifThere<T>({ url }: Container, reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    const error = toWheelhouseError(thrown, 'NETWORK', `cannot read ${url}`);
    if (error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
