import { findFreePort, startServer, type Background } from '../background.ts';

/** Starts a fake-gcs-server with nothing in it; FAKE_GCS names its executable. */
export async function startFakeGcs(): Promise<Background> {
  const executable = process.env['FAKE_GCS'];
  if (executable === undefined) throw new Error('FAKE_GCS must name the executable of fake-gcs-server');
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const place = ['-backend', 'memory', '-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)];
  // Where it sends us to continue an upload, and where it shows objects to the public.
  const addresses = ['-external-url', url, '-public-host', `127.0.0.1:${port}`];
  return startServer(executable, [...place, ...addresses, '-log-level', 'error'], url);
}
