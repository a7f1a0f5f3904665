// `npm test`: everything that can be checked, in the order of what fails fastest.
// A failed stage does not hide what the later ones would say, except that what needs a build is not run without one.
import { spawnSync } from 'node:child_process';

const STAGES = [
  { name: 'check:types' },
  { name: 'check:style' },
  { name: 'test:unit' },
  { name: 'build' },
  { name: 'size', needs: 'build' },
  { name: 'test:e2e', needs: 'build' },
];

const failed = [];
for (const { name, needs } of STAGES) {
  if (failed.includes(needs)) continue;
  const started = performance.now();
  const { status } = spawnSync('npm', ['run', '--silent', name], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`\n[${name}] ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s\n`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
