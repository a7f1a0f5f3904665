import { describe, expect, it } from 'vitest';
import { imageNamed } from './images.ts';
import { type Program, programOf } from './programs.ts';

function program(image: string, command: string[] = [], args: string[] = []): Program {
  const found = programOf(imageNamed(image), command, args);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

describe('what an image runs', () => {
  it('is its entry point with its own arguments, or with those of the pod', () => {
    expect(program('nginx').argv).toEqual(['nginx', '-g', 'daemon off;']);
    expect(program('nginx', [], ['nginx-debug', '-g', 'daemon off;'])).toMatchObject({ kind: 'serve', ports: [80] });
    expect(program('redis', [], ['--appendonly', 'yes'])).toMatchObject({ kind: 'serve', ports: [6379] });
    expect(program('nginx', [], ['sh', '-c', 'sleep 5'])).toMatchObject({
      kind: 'shell',
      argv: ['sh', '-c', 'sleep 5'],
    });
    expect(program('nginx', ['sleep', '3600'])).toMatchObject({ kind: 'shell', ports: [] });
  });

  it('ends at once for a shell without a script', () => {
    expect(program('busybox')).toMatchObject({ kind: 'exit', exitCode: 0 });
    expect(program('ubuntu:24.04')).toMatchObject({ kind: 'exit', exitCode: 0 });
  });

  it('depends on the arguments of some programs', () => {
    const agnhost = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
    expect(program(agnhost)).toMatchObject({ kind: 'serve', ports: [] });
    expect(program(agnhost, ['/agnhost', 'netexec', '--http-port=8080'])).toMatchObject({ ports: [8080, 8081] });
    expect(program(agnhost, [], ['serve-hostname'])).toMatchObject({ ports: [9376] });
    expect(program('python:3', ['python', '-m', 'http.server', '9000'])).toMatchObject({
      ports: [9000],
      http: 'files',
    });
    expect(program('vish/stress', [], ['-cpus', '2'])).toMatchObject({ cpuMillis: 2000 });
    expect(program('hashicorp/http-echo', [], ['-text=hi', '-listen=:8080'])).toMatchObject({ ports: [8080] });
  });

  it('computes pi, as the documented Job does', () => {
    const { kind, exitCode, logs } = program('perl:5.34.0', ['perl', '-Mbignum=bpi', '-wle', 'print bpi(2000)']);
    expect({ kind, exitCode }).toEqual({ kind: 'exit', exitCode: 0 });
    const [digits = ''] = logs;
    expect(digits).toHaveLength(2001);
    expect(digits.slice(0, 52)).toBe('3.14159265358979323846264338327950288419716939937510');
  });

  it('is an error of the runtime when the image has no such program', () => {
    expect(programOf(imageNamed('registry.k8s.io/pause'), ['sh', '-c', 'true'], [])).toContain(
      'exec: "sh": executable file not found in $PATH',
    );
    expect(program('ghcr.io/someone/app', ['/app/server'])).toMatchObject({ kind: 'serve', anyPort: true });
    expect(program('ghcr.io/someone/app', ['sh', '-c', 'exit 1'])).toMatchObject({ kind: 'shell' });
  });
});
