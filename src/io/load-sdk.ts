import { hasCode, WheelhouseError } from '../model/errors.ts';

/**
 * Loads a package that need not be installed. Throws `MISSING_DRIVER`, with the command that installs it,
 * when that package itself is absent; a fault inside it is thrown as it is.
 */
export async function loadSdk<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (thrown) {
    if (!isAbsent(thrown, name)) throw thrown;
    throw new WheelhouseError('MISSING_DRIVER', `${what} needs the package ${name}, which is not installed`, {
      hint: `npm install ${name} beside wheelhouse-uploader (with --global if that is installed globally)`,
      cause: thrown,
    });
  }
}

/** Node names the package, or for one that is there but broken the file in it that it misses. */
function isAbsent(thrown: unknown, name: string): boolean {
  return (
    thrown instanceof Error &&
    hasCode(thrown, 'ERR_MODULE_NOT_FOUND') &&
    thrown.message.includes(`package '${name}'`)
  );
}
