import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { thisOwner, type Owner } from '../../../../src/storage/drivers/folder/owner.ts';

/** An owner on this host that lives until `end` is called. */
export async function spawnOwner(): Promise<{ owner: Owner; end: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  const { space } = await thisOwner();
  const pid = child.pid ?? 0;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return {
    owner: { space, pid, started },
    end: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** An owner on this host that has ended. */
export async function deadOwner(): Promise<Owner> {
  const { owner, end } = await spawnOwner();
  await end();
  return owner;
}
