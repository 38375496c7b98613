// Prints "N passed, N failed" from vitest's JSON reports and exits 1 if anything failed.
// Arguments: the reports, which end in .json, then the names of the steps that failed.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const reports = process.argv.slice(2).filter((argument) => argument.endsWith('.json'));
const failedSteps = process.argv.slice(2).filter((argument) => !argument.endsWith('.json'));

let passed = 0;
let failed = 0;
for (const path of reports) {
  const step = basename(path, '.json');
  const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  if (report === undefined && !failedSteps.includes(step)) failedSteps.push(step);
  passed += report?.numPassedTests ?? 0;
  const failures = report === undefined ? 0 : countFailures(report);
  // A run may fail with every test green, such as by an unhandled rejection; else its tests stand for it.
  failed += failures === 0 && failedSteps.includes(step) ? 1 : failures;
}
failed += failedSteps.filter((step) => !reports.some((path) => basename(path, '.json') === step)).length;

if (failedSteps.length > 0) console.error(`failed steps: ${failedSteps.join(', ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** Failed tests, files that could not be loaded, and skipped tests, which prove nothing. */
function countFailures(report) {
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return report.numFailedTests + unloadable.length + report.numPendingTests + report.numTodoTests;
}
