import type { Deployment, Namespace, Pod } from '../../api/generated/types.ts';
import { forbidden } from '../../api/status.ts';
import { current } from '../server.ts';
import type { Plugin } from './plugin.ts';
import { type Level, violations } from './pod-security-standards.ts';

const NAMESPACES = '/registry/namespaces/';
const LABEL = 'pod-security.kubernetes.io/';
const WORKLOADS: ReadonlySet<string> = new Set(['DaemonSet', 'Deployment', 'ReplicaSet']);

/**
 * Holds pods against the standard that their namespace's labels ask for; what makes pods is only warned about.
 * Source: staging/src/k8s.io/pod-security-admission/admission/admission.go
 */
export const podSecurity: Plugin = (handling, _verb, object, old) => {
  const { info, warnings } = handling;
  const isPod = object.kind === 'Pod';
  if ((!isPod && !WORKLOADS.has(object.kind)) || info.subresource !== '') return { object };
  const labels = current(handling, NAMESPACES + info.namespace)?.metadata.labels as Namespace['metadata']['labels'];
  if (labels === undefined) return { object };
  const enforce = isPod ? levelOf(labels, 'enforce') : undefined;
  const warn = levelOf(labels, 'warn');
  if (enforce === undefined && warn === undefined) return { object };
  const spec = isPod ? (object as Pod).spec : (object as Deployment).spec.template?.spec;
  if (spec === undefined || (old !== undefined && isPod && (old as Pod).spec === spec)) return { object };
  if (enforce !== undefined) {
    const found = violations(enforce.level, spec);
    if (found.length > 0) {
      const detail = `violates PodSecurity ${JSON.stringify(enforce.text)}: ${found.join(', ')}`;
      return { status: forbidden(info.resource, object.metadata.name, detail) };
    }
  }
  if (warn !== undefined) {
    const found = violations(warn.level, spec);
    if (found.length > 0) warnings.push(`would violate PodSecurity ${JSON.stringify(warn.text)}: ${found.join(', ')}`);
  }
  return { object };
};

/** The level of a mode, and how messages name it; undefined for `privileged`, which allows everything. */
function levelOf(
  labels: Readonly<Record<string, string>>,
  mode: 'enforce' | 'warn',
): { level: Level; text: string } | undefined {
  const level = labels[LABEL + mode];
  if (level === undefined || level === 'privileged') return undefined;
  const version = labels[`${LABEL}${mode}-version`] ?? 'latest';
  // What is no level counts as the strictest, as upstream does.
  return { level: level === 'baseline' ? 'baseline' : 'restricted', text: `${level}:${version}` };
}
