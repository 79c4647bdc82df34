// Prints `N passed, N failed` from vitest's JSON report; fails when there is no report, no test or a failed one.
import { readFileSync } from 'node:fs';

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numFailedTestSuites: 0, success: false };
  }
}

const report = read(process.argv[2]);
const failed = report.numFailedTests || (report.success ? 0 : 1);
process.stdout.write(`${report.numPassedTests} passed, ${failed} failed\n`);
process.exit(failed === 0 && report.numPassedTests > 0 ? 0 : 1);
