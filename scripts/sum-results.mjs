// Adds up what the test suites reported and says it in one line: `N passed, N failed`.
// The argument is the exit code of `npm test`. A suite without a report did not start: that is a failure too,
// and so is an exit code that no failed test explains (types, formatting, the build, a size over its budget).
import { existsSync, readFileSync } from 'node:fs';

const exitCode = Number(process.argv[2] ?? 0);
const results = new URL('../node_modules/.cache/results/', import.meta.url);
const suites = {
  unit: (report) => ({
    passed: report.numPassedTests,
    // A file that cannot be loaded has no tests to fail.
    failed: report.numFailedTests + report.testResults.filter(isBrokenFile).length,
  }),
  e2e: ({ stats, errors }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
  }),
};

let passed = 0;
let failed = 0;
for (const [name, count] of Object.entries(suites)) {
  const suite = read(name, count);
  console.log(`${name}: ${suite.passed} passed, ${suite.failed} failed${suite.note ?? ''}`);
  passed += suite.passed;
  failed += suite.failed;
}
if (exitCode !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function read(name, count) {
  const file = new URL(`${name}.json`, results);
  if (!existsSync(file)) return { passed: 0, failed: 1, note: ' (did not start)' };
  try {
    return count(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    return { passed: 0, failed: 1, note: ` (unreadable report: ${error.message})` };
  }
}

function isBrokenFile(file) {
  return file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed');
}
