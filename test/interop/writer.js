// An uploader that runs one command after the other: each line that it reads holds the arguments of one, as JSON.
// To start Node and to load a store's SDK takes longer than the upload itself, and would spread a race out.
import { createInterface } from 'node:readline';
import { runProgram } from '../../build/cli/program.js';

for await (const line of createInterface({ input: process.stdin })) {
  let told = '';
  const stream = { write: (text) => (told += text) };
  const surroundings = { environment: process.env, folder: process.cwd(), out: stream, err: stream };
  const status = await runProgram(JSON.parse(line), '0', surroundings, new AbortController().signal);
  process.stdout.write(`${JSON.stringify({ status, told })}\n`);
}
