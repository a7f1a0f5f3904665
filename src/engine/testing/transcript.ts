import type { Lease } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { collectionPath, resourceOfBareKind } from '../api/resources.ts';
import type { ApiRequest, Call } from '../client/messages.ts';
import type { EtcdWatchResponse } from '../etcd/messages.ts';
import type { EtcdState } from '../etcd/state.ts';
import { health } from '../health.ts';
import { type ClusterOptions, createCluster, type Fault, type Message, type SimulatedCluster } from '../index.ts';
import { componentOf } from '../kernel/types.ts';
import { viewMessage } from '../labels.ts';
import { type Act, perform } from './simulation/acts.ts';
import { Checker } from './simulation/checker.ts';
import { converge } from './simulation/converge.ts';
import { startCluster } from './simulation/start.ts';
import { changeBetween } from './summary.ts';

/** One command of a transcript with what the cluster said; comments belong to the command that follows. */
interface Block {
  readonly comment: string;
  readonly command: string;
  readonly output: string;
}

/**
 * Runs the commands of a transcript and gives back the whole text with real output. A file is a list of blocks: comment
 * lines, a command (its first line is the verb, more lines are YAML), `----`, output, an empty line.
 */
export function runTranscript(text: string): string {
  const story = new Story();
  const out: string[] = [];
  for (const { comment, command } of parse(text)) {
    const output = story.run(command);
    out.push(`${comment}${command}\n----\n${output === '' ? '' : `${output}\n`}`);
  }
  return out.join('\n');
}

function parse(text: string): Block[] {
  const blocks: Block[] = [];
  let comment = '';
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] as string;
    if (line.trim() === '' || line.startsWith('#')) {
      if (line.startsWith('#') || comment !== '') comment += `${line}\n`;
      i++;
      continue;
    }
    const command: string[] = [];
    while (i < lines.length && lines[i] !== '----') command.push(lines[i++] as string);
    i++;
    const output: string[] = [];
    while (i < lines.length && (lines[i] as string) !== '') output.push(lines[i++] as string);
    blocks.push({ comment, command: command.join('\n'), output: output.join('\n') });
    comment = '';
  }
  return blocks;
}

/** Kinds whose writes say nothing in most stories. */
const QUIET = new Set(['Event', 'Lease', 'ControllerRevision', 'ServiceAccount', 'ConfigMap']);

class Story {
  private cluster: SimulatedCluster | undefined;
  private readonly shown: string[] = [];
  private only: ReadonlySet<string> | undefined;
  private readonly heard = new Set<string>();
  private mode: 'writes' | 'messages' | 'marks' = 'writes';

  run(command: string): string {
    const [first = '', ...more] = command.split('\n');
    const [verb = '', ...words] = first.split(/\s+/);
    const options = Object.fromEntries(
      words.filter((word) => word.includes('=')).map((word) => word.split(/=(.*)/s, 2)),
    );
    const plain = words.filter((word) => !word.includes('='));
    const output = this.perform(verb, plain, options as Record<string, string>, more.join('\n'));
    return output.trimEnd();
  }

  private perform(verb: string, words: readonly string[], options: Record<string, string>, rest: string): string {
    switch (verb) {
      // cluster workers=3 seed=1 addons=false [chances=7] [check=true]: a new cluster, ready and settled at 0.
      case 'cluster':
        return this.create(options);
      // apply, then YAML: kubectl apply, and the time it takes.
      case 'apply':
        return this.get()
          .apply(rest)
          .map(
            ({ verb: what, object, status }) =>
              `${object ? `${object.kind.toLowerCase()}/${object.metadata.name} ` : ''}${what}${status?.message ? `: ${status.message}` : ''}`,
          )
          .join('\n');
      // submit, then YAML: kubectl apply, without waiting for it.
      case 'submit': {
        const read = this.get().parse(rest);
        if ('error' in read) return read.error.message;
        this.get().submitApply(read.objects, 'default');
        return 'ok';
      }
      // run 5s only=pods,nodes show=messages: time passes; the writes (or messages, or marks of the timeline) in it.
      case 'run':
        return this.watching(options, () => this.get().advance(milliseconds(words[0])));
      // settle: until only periodic traffic is left, at most that long (default one hour).
      case 'settle':
        return this.watching(options, () => {
          const settled = this.get().settle(words[0] ? milliseconds(words[0]) : undefined);
          this.shown.push(
            settled ? `settled at ${seconds(this.get().now)}` : `not settled at ${seconds(this.get().now)}`,
          );
        });
      // delete Kind namespace/name [grace=0]
      case 'delete': {
        const [namespace, name] = split(words[1]);
        const grace = options.grace === undefined ? {} : { gracePeriodSeconds: Number(options.grace) };
        const policy = options.policy === undefined ? {} : { propagationPolicy: options.policy };
        const answer = this.get().delete({ kind: words[0] as string, namespace, name }, { ...grace, ...policy }) as {
          message?: string;
        };
        return answer.message ?? 'ok';
      }
      // patch Kind namespace/name, then a merge patch in JSON
      case 'patch': {
        const [namespace, name] = split(words[1]);
        const path = this.get().pathOf({ kind: words[0] as string, namespace, name }) as string;
        const headers = { 'content-type': 'application/merge-patch+json' };
        const { status, body } = this.get().request({ method: 'PATCH', path, headers, body: JSON.parse(rest) });
        return status < 300 ? 'ok' : (body as { message: string }).message;
      }
      // request METHOD path [type=content/type], then a body in JSON: one REST call, without waiting for it.
      case 'request': {
        const [method, path] = words as [Call['method'], string];
        const body: unknown = rest === '' ? undefined : JSON.parse(rest);
        this.get().submitRequest({ method, path, contentType: options.type, body });
        return 'ok';
      }
      // move-leader etcd@host name: asks the member to hand the leadership over.
      case 'move-leader':
        perform(this.get(), { do: 'moveLeader', member: words[0] as string, to: words[1] as string });
        return 'ok';
      // etcdctl, then a change of who is in etcd's group, in JSON; tend: what is next so that the group is whole again.
      case 'etcdctl':
      case 'tend': {
        const act: Act = verb === 'tend' ? { do: 'tend' } : { do: 'members', command: JSON.parse(rest) };
        const [done] = perform(this.get(), act);
        return done?.do === 'members' ? JSON.stringify(done.command) : 'nothing is done';
      }
      // converge: all faults are healed, and everything comes to what was asked for, within so many virtual minutes.
      case 'converge':
        return this.converge();
      // fault kind [target,...] [stay] [to=a,b] [forMs=1000] [any other option]; or fault, then the whole fault in JSON
      case 'fault': {
        if (words.length === 0) return this.get().startFault(JSON.parse(rest) as Fault).sentence;
        const [kind = '', targets, stay] = words;
        const { to, kinds, ...others } = options;
        const lists = { target: targets?.split(','), to: to?.split(','), kinds: kinds?.split(',') };
        const target = lists.target?.length === 1 ? lists.target[0] : lists.target;
        const fault = { ...valuesOf(others), ...lists, kind, target, ...(stay === 'stay' && { stay: true }) };
        return this.get().startFault(fault).sentence;
      }
      // heal [id]: one fault, or all.
      case 'heal':
        this.get().heal(words[0]);
        return 'ok';
      // field Kind namespace/name path.to.field
      case 'field': {
        const [namespace, name] = split(words[1]);
        let value: unknown = this.get().get(words[0] as string, namespace, name);
        for (const part of (words[2] ?? '').split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
        return typeof value === 'string' ? value : JSON.stringify(value);
      }
      // get pods [namespace | all]: the table that kubectl would print.
      case 'get':
        return this.table(words[0] as string, words[1] ?? 'default', options.wide === 'true');
      // events Kind namespace/name: type, reason, count, message.
      case 'events': {
        const [namespace, name] = split(words[1]);
        return this.get()
          .eventsOf({ kind: words[0] as string, namespace, name })
          .map((event) => event as unknown as { type: string; reason: string; count?: number; message: string })
          .map(({ type, reason, count, message }) => `${type} ${reason} x${count ?? 1} ${message ?? ''}`.trimEnd())
          .join('\n');
      }
      // why Kind namespace/name: the chain of causes, nearest first.
      case 'why': {
        const [namespace, name] = split(words[1]);
        return this.get()
          .why({ kind: words[0] as string, namespace, name })
          .map(({ at, from, to, label }) => `${seconds(at)} ${from} -> ${to} ${label}`)
          .join('\n');
      }
      // health: what does not work now, and when it last did.
      case 'health': {
        const lines = health(this.get().kernel).filter(({ state }) => state !== 'works');
        return lines
          .map(({ title, state, text, lastAt }) => {
            const last = lastAt === undefined ? '' : ` (last ${((this.get().now - lastAt) / 1000).toFixed(1)} s ago)`;
            return `${state.padEnd(8)} ${title}: ${text}${last}`;
          })
          .join('\n');
      }
      // leaders: who holds the Leases of the scheduler and the controller manager, who leads etcd.
      case 'leaders':
        return this.leaders();
      // logs namespace/name [container]
      case 'logs': {
        const [namespace, name] = split(words[0]);
        return this.get().logs(namespace, name, words[1]);
      }
      // rules node text: lines of iptables-save that contain the text.
      case 'rules': {
        const saved = this.get().iptablesSave(words[0] as string);
        return saved
          .split('\n')
          .filter((line) => line.includes(words[1] ?? ''))
          .join('\n');
      }
      default:
        throw new Error(`no verb ${verb}`);
    }
  }

  private leaders(): string {
    const cluster = this.get();
    const lines: string[] = [];
    for (const { component, host, state } of cluster.kernel.processes.values()) {
      if (component === 'etcd' && (state as EtcdState).raft?.role === 'leader') lines.push(`etcd ${host}`);
    }
    for (const name of ['kube-controller-manager', 'kube-scheduler']) {
      const { spec } = cluster.get('Lease', 'kube-system', name) as Lease;
      lines.push(`${name} ${spec?.holderIdentity?.split('_')[0]} (transitions ${spec?.leaseTransitions})`);
    }
    return lines.join('\n');
  }

  private get(): SimulatedCluster {
    if (this.cluster === undefined) throw new Error('a story begins with the verb cluster');
    return this.cluster;
  }

  private converge(): string {
    const cluster = this.get();
    const healedAt = cluster.now;
    cluster.heal();
    const wait = (ms: number): void => cluster.advance(ms);
    const failed = converge(cluster, wait, (act) => perform(cluster, act));
    return failed ?? `as it was asked for, ${Math.round((cluster.now - healedAt) / 1000)} s later`;
  }

  private create(words: Record<string, string>): string {
    const { chances, check, zones, ...others } = words;
    const options = { ...valuesOf(others), ...(zones && { zones: zones.split(',') }) } as ClusterOptions;
    // chances=7: the cluster of the options, with other chances from 0 on; check=true: all that must hold is watched.
    this.cluster = chances === undefined ? createCluster(options) : startCluster(options, Number(chances));
    if (check) new Checker(this.cluster);
    const tap = this.cluster.kernel.tap;
    this.cluster.kernel.tap = (message) => {
      tap?.(message);
      this.note(message);
    };
    return 'ok';
  }

  private watching(options: Record<string, string>, pass: () => void): string {
    const kinds = options.only?.split(',');
    this.only = kinds && new Set(kinds);
    this.mode = options.show === 'messages' || options.show === 'marks' ? options.show : 'writes';
    this.shown.length = 0;
    const stop =
      options.show === 'marks' &&
      this.get().observe(({ marks }) => {
        for (const { at, kind, text } of marks) this.shown.push(`${seconds(at)} ${kind} ${text}`);
      });
    pass();
    if (stop) stop();
    const lines = this.shown.splice(0);
    this.only = new Set();
    return lines.join('\n');
  }

  private note(message: Message): void {
    if (message.periodic) return;
    if (this.mode === 'messages') {
      if (message.from === message.to) return;
      const { kernel } = this.get();
      const { label, actor, objects } = viewMessage(message, (id) => kernel.message(id));
      const kinds = (objects ?? []).map((key) => key.split('/')[0] as string);
      if (this.only ? !kinds.some((kind) => this.wants(kind)) : kinds.some((kind) => QUIET.has(kind))) return;
      const from = actor ? `${message.from} (${actor})` : message.from;
      this.shown.push(`${seconds(message.dueAt)} ${from} -> ${message.to} ${label}`);
      return;
    }
    if (this.mode === 'marks' || message.body.type !== 'watchResponse') return;
    for (const { kv, prev, type, cause } of (message.body as unknown as EtcdWatchResponse).events) {
      // Each of several API servers hears of every write.
      const write = `${kv.modRevision} ${kv.key}`;
      if (this.heard.has(write)) continue;
      this.heard.add(write);
      if (kv.value?.kind === undefined || !this.wants(kv.value.kind)) continue;
      const change = type === 'delete' ? '' : changeBetween(prev?.value, kv.value);
      if (type === 'put' && prev !== undefined && change === '') continue;
      const what = type === 'delete' ? 'DELETED' : prev ? 'MODIFIED' : 'ADDED';
      this.shown.push(
        `${seconds(message.dueAt)} ${this.writer(cause)} ${what} ${nameOf(kv.value)}${change && ` ${change}`}`,
      );
    }
  }

  private wants(kind: string): boolean {
    if (this.only === undefined) return !QUIET.has(kind);
    return this.only.has(kind) || this.only.has(resourceOfBareKind(kind)?.plural ?? '');
  }

  /** Who asked for a write: the controller, or the component. */
  private writer(cause: number): string {
    const { kernel } = this.get();
    let message = kernel.message(cause);
    const isAsker = ({ body, from }: Message) => body.type === 'apiRequest' && componentOf(from) !== 'load-balancer';
    while (message !== undefined && !isAsker(message)) message = kernel.message(message.cause);
    if (message === undefined) return 'apiserver';
    const { user } = message.body as unknown as ApiRequest;
    const account = user.replace('system:serviceaccount:kube-system:', '');
    return account === user ? componentOf(message.from) : account;
  }

  private table(resource: string, namespace: string, wide: boolean): string {
    const cluster = this.get();
    const found = resourceOfBareKind(resource) ?? [...byPlural(resource)][0];
    if (found === undefined) return `no resource ${resource}`;
    const path = collectionPath(found, namespace === 'all' ? undefined : namespace);
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const { body } = cluster.request({ method: 'GET', path, headers });
    const { columnDefinitions, rows } = body as {
      columnDefinitions: { name: string; priority: number }[];
      rows: { cells: unknown[] }[];
    };
    const columns = columnDefinitions.map(({ name, priority }, i) => ({ name, i, priority }));
    const visible = columns.filter(({ priority }) => wide || priority === 0);
    const lines = [
      visible.map(({ name }) => name.toUpperCase()),
      ...rows.map(({ cells }) => visible.map(({ i }) => String(cells[i]))),
    ];
    const widths = visible.map((_, c) => Math.max(...lines.map((line) => (line[c] as string).length)));
    return lines
      .map((line) =>
        line
          .map((cell, c) => cell.padEnd(widths[c] as number))
          .join('   ')
          .trimEnd(),
      )
      .join('\n');
  }
}

function byPlural(plural: string) {
  const kinds = [
    'Pod',
    'Node',
    'Deployment',
    'ReplicaSet',
    'DaemonSet',
    'Service',
    'EndpointSlice',
    'Namespace',
    'Event',
    'ConfigMap',
  ];
  return kinds.flatMap((kind) => resourceOfBareKind(kind) ?? []).filter((resource) => resource.plural === plural);
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  const plural = resourceOfBareKind(kind)?.plural ?? kind;
  const { namespace, name } = metadata;
  return `${plural}/${namespace && namespace !== 'default' ? `${namespace}/` : ''}${name}`;
}

function valuesOf(words: Readonly<Record<string, string>>): Record<string, unknown> {
  const value = (text: string): unknown =>
    text === 'true' ? true : text === 'false' ? false : Number.isNaN(Number(text)) ? text : Number(text);
  return Object.fromEntries(Object.entries(words).map(([name, text]) => [name, value(text)]));
}

function split(name: string | undefined): [namespace: string, name: string] {
  const [a = '', b] = (name ?? '').split('/');
  return b === undefined ? ['default', a] : [a, b];
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3).padStart(8);

function milliseconds(text = ''): number {
  const match = /^([\d.]+)(ms|s|m|h)$/.exec(text);
  if (match === null) throw new Error(`not a duration: ${text}`);
  return Number(match[1]) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as string] as number);
}
