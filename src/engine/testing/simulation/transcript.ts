import type { Act } from './acts.ts';
import type { Plan } from './plan.ts';

/** A plan as a transcript for src/engine/testdata/transcripts: the runner fills in what the cluster says. */
export function transcriptOf({ seed, options }: Plan, done: readonly Act[], rule: string): string {
  const words = Object.entries({ ...options, chances: seed }).map(([name, value]) => `${name}=${value}`);
  const commands = [`cluster ${words.join(' ')} check=true`, ...done.map(commandOf), 'converge'];
  const story = `# Found by simulation, seed ${seed}: it did not hold that ${rule}.\n`;
  return `${story}${commands.map((command) => `${command}\n----\n`).join('\n')}`;
}

function commandOf(act: Act): string {
  switch (act.do) {
    case 'submit':
      return `submit\n${act.objects.map((object) => JSON.stringify(object)).join('\n---\n')}`;
    case 'request': {
      const { method, path, contentType, body } = act.call;
      const type = contentType === undefined ? '' : ` type=${contentType}`;
      return `request ${method} ${path}${type}${body === undefined ? '' : `\n${JSON.stringify(body)}`}`;
    }
    case 'drain':
      return `drain ${act.node}`;
    case 'fault':
      return `fault\n${JSON.stringify(act.fault)}`;
    case 'moveLeader':
      return `move-leader ${act.member} ${act.to}`;
    case 'members':
      return `etcdctl\n${JSON.stringify(act.command)}`;
    case 'tend':
      return 'tend';
    case 'heal':
      return 'heal';
    case 'wait':
      return `run ${act.ms}ms only=none`;
  }
}
