// What a user waits for before anything happens, against Node that does nothing.
import { measure, timeOurs, timeCommand } from '../measure.js';

export async function measureStartUp({ quick }) {
  const rows = [];
  for (const flag of ['--version', '--help']) {
    const contenders = {
      ours: () => timeOurs([flag]),
      'bare Node': () => timeCommand(process.execPath, ['-e', '0']),
    };
    rows.push({ what: flag, times: await measure(contenders, quick ? 5 : 25) });
  }
  return rows;
}
