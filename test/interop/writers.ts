import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isolatedEnvironment } from './commands.ts';

const program = fileURLToPath(new URL('writer.js', import.meta.url));

/** How one command of a writer ended. */
export interface Ended {
  /** `killed`: the process ended before the command did. */
  readonly status: number | 'killed';
  readonly told: string;
}

/** A process that uploads when it is told to. */
export interface Writer extends AsyncDisposable {
  /** Runs one command. Kills the process after so many milliseconds, if the command has not ended by then. */
  run(args: readonly string[], killAfterMs?: number): Promise<Ended>;
  readonly isDead: () => boolean;
}

export function startWriter(env: Readonly<Record<string, string>>): Writer {
  const child = spawn(process.execPath, [program], {
    env: { ...isolatedEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  let tell: (ended: Ended) => void = () => undefined;
  child.stderr.on('data', (text: Buffer) => (complaints = (complaints + text.toString()).slice(-4000)));
  child.stdin.on('error', () => undefined); // that it was killed is told by its end
  createInterface({ input: child.stdout }).on('line', (line) => tell(JSON.parse(line) as Ended));
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    async run(args, killAfterMs) {
      const told = new Promise<Ended>((resolve) => (tell = resolve));
      child.stdin.write(`${JSON.stringify(args)}\n`);
      const timer =
        killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      const killed = closed.then((): Ended => ({ status: 'killed', told: complaints }));
      const ended = await Promise.race([told, killed]);
      clearTimeout(timer);
      return ended;
    },
    isDead: () => child.exitCode !== null || child.signalCode !== null,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await closed;
    },
  };
}
