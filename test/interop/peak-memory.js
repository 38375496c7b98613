// Preloaded with --import: at its exit a process writes the peak of its resident memory, in bytes, to PEAK_FILE.
// VmHWM and not process.resourceUsage().maxRSS: the latter starts from the peak of the process that forked it.
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('exit', () => {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    writeFileSync(process.env.PEAK_FILE, String(Number(kibibytes) * 1024));
  });
}
