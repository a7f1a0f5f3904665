import type { Container, ContainerStatus, Pod, PodSpec, PodTemplateSpec } from '../generated/types.ts';
import { checkLabel, checkQualifiedName, checkSubdomain, isIP } from '../names.ts';
import { deepEqual, put } from '../share.ts';
import { validateContainers, validateHostNetwork, validateImageSpace } from './container.ts';
import {
  complain,
  duplicate,
  type Errors,
  forbidden,
  invalid,
  once,
  oneOf,
  required,
  validateReference,
} from './field.ts';
import { validateLabels } from './labels.ts';
import { validateAnnotations } from './metadata.ts';
import { validateOS } from './os.ts';
import { podSpecDiff } from './pod-spec-diff.ts';
import { validateAmount } from './resources.ts';
import { validateAffinity, validateSpread, validateTolerations } from './scheduling.ts';
import { validatePodSecurityContext } from './security-context.ts';
import { validateVolumes } from './volumes.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const MAX_INT32 = 2_147_483_647;

/** A new Pod beside its metadata. Source: pkg/apis/core/validation/validation.go (ValidatePodCreate) */
export function validatePodCreate(errors: Errors, pod: Pod): void {
  const { spec } = pod;
  validateSpecOfPod(errors, spec);
  if ((spec.ephemeralContainers ?? []).length > 0)
    forbidden(errors, 'spec.ephemeralContainers', 'cannot be set on create');
  if (spec.nodeName !== undefined && (spec.schedulingGates ?? []).length > 0)
    forbidden(errors, 'spec.nodeName', 'cannot be set until all schedulingGates have been cleared');
}

/** What Pods are asked for and templates are not. Source: validatePodMetadataAndSpec */
function validateSpecOfPod(errors: Errors, spec: PodSpec): void {
  validatePodSpec(errors, 'spec', spec);
  for (const list of ['containers', 'initContainers'] as const) {
    const containers = spec[list];
    if (containers === undefined) continue;
    for (let index = 0; index < containers.length; index++)
      validateImageSpace(errors, `spec.${list}[${index}]`, containers[index] as Container);
  }
}

/** A template's metadata has no path of its own upstream, so neither has it here. Source: ValidatePodTemplateSpec */
export function validatePodTemplate(errors: Errors, at: string, template: PodTemplateSpec): void {
  validateLabels(errors, `${at}.labels`, template.metadata?.labels);
  validateAnnotations(errors, `${at}.annotations`, template.metadata?.annotations);
  validatePodSpec(errors, `${at}.spec`, template.spec ?? { containers: [] });
  if ((template.spec?.ephemeralContainers ?? []).length > 0)
    forbidden(errors, `${at}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template');
}

/** Source: pkg/apis/core/validation/validation.go (ValidatePodSpec) */
function validatePodSpec(errors: Errors, at: string, spec: PodSpec): void {
  if (spec.terminationGracePeriodSeconds === undefined) required(errors, `${at}.terminationGracePeriodSeconds`);
  const context = {
    volumes: validateVolumes(errors, `${at}.volumes`, spec.volumes),
    names: new Set<string>(),
    graceSeconds: spec.terminationGracePeriodSeconds ?? 0,
  };
  if (spec.containers.length === 0) required(errors, `${at}.containers`);
  else validateContainers(errors, `${at}.containers`, spec.containers, context, 'app');
  if (spec.initContainers !== undefined)
    validateContainers(errors, `${at}.initContainers`, spec.initContainers, context, 'init');
  if (spec.ephemeralContainers !== undefined)
    validateContainers(errors, `${at}.ephemeralContainers`, spec.ephemeralContainers, context, 'ephemeral');
  if (spec.hostNetwork === true) validateHostNetwork(errors, `${at}.containers`, spec.containers);
  oneOf(errors, `${at}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES);
  oneOf(errors, `${at}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES);
  validateLabels(errors, `${at}.nodeSelector`, spec.nodeSelector);
  validatePodSecurityContext(errors, `${at}.securityContext`, spec);
  validateAffinity(errors, `${at}.affinity`, spec.affinity);
  if (spec.dnsPolicy === 'None') {
    if (spec.dnsConfig === undefined)
      required(errors, `${at}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None');
    else if ((spec.dnsConfig.nameservers ?? []).length === 0)
      required(
        errors,
        `${at}.dnsConfig.nameservers`,
        'must provide at least one DNS nameserver when `dnsPolicy` is None',
      );
  }
  for (const [index, gate] of (spec.readinessGates ?? []).entries())
    complain(
      errors,
      `${at}.readinessGates[${index}].conditionType`,
      gate.conditionType,
      checkQualifiedName(gate.conditionType),
    );
  validateGates(errors, `${at}.schedulingGates`, spec.schedulingGates);
  validateSpread(errors, `${at}.topologySpreadConstraints`, spec.topologySpreadConstraints);
  validateReference(errors, `${at}.serviceAccountName`, spec.serviceAccountName);
  validateReference(errors, `${at}.nodeName`, spec.nodeName);
  validateSeconds(errors, at, spec);
  if (spec.hostname !== undefined) complain(errors, `${at}.hostname`, spec.hostname, checkLabel(spec.hostname));
  if (spec.subdomain !== undefined) complain(errors, `${at}.subdomain`, spec.subdomain, checkLabel(spec.subdomain));
  const { tolerations } = spec;
  if (tolerations !== undefined)
    once(errors, tolerations, () => validateTolerations(errors, `${at}.tolerations`, tolerations));
  for (const [index, alias] of (spec.hostAliases ?? []).entries()) {
    if (!isIP(alias.ip)) invalid(errors, `${at}.hostAliases[${index}].ip`, alias.ip, NOT_AN_IP);
    for (const [position, name] of (alias.hostnames ?? []).entries())
      complain(errors, `${at}.hostAliases[${index}].hostnames[${position}]`, name, checkSubdomain(name));
  }
  validateReference(errors, `${at}.priorityClassName`, spec.priorityClassName);
  validateReference(errors, `${at}.runtimeClassName`, spec.runtimeClassName);
  if (spec.preemptionPolicy !== undefined)
    oneOf(errors, `${at}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']);
  for (const name in spec.overhead)
    validateAmount(errors, `${at}.overhead[${name}]`, name, spec.overhead[name] as string);
  validateOS(errors, at, spec);
}

export const NOT_AN_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

function validateSeconds(errors: Errors, at: string, spec: PodSpec): void {
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32))
    invalid(errors, `${at}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MAX_INT32}, inclusive`);
}

function validateGates(errors: Errors, field: string, gates: PodSpec['schedulingGates']): void {
  const seen = new Set<string>();
  for (const [index, { name }] of (gates ?? []).entries()) {
    complain(errors, `${field}[${index}]`, name, checkQualifiedName(name));
    if (seen.has(name)) duplicate(errors, `${field}[${index}]`, name);
    seen.add(name);
  }
}

/**
 * What may change in a Pod that exists: images, deadlines, added tolerations, removed gates.
 * Source: pkg/apis/core/validation/validation.go (ValidatePodUpdate)
 */
export function validatePodUpdate(errors: Errors, pod: Pod, old: Pod): void {
  if (pod.spec === old.spec || deepEqual(pod.spec, old.spec)) return;
  validateSpecOfPod(errors, pod.spec);
  for (const list of ['containers', 'initContainers'] as const)
    if ((pod.spec[list]?.length ?? 0) !== (old.spec[list]?.length ?? 0)) {
      forbidden(errors, `spec.${list}`, 'pod updates may not add or remove containers');
      return;
    }
  if (!validateDeadlineUpdate(errors, pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds)) return;
  validateTolerationsUpdate(errors, pod.spec, old.spec);
  const gates = (old.spec.schedulingGates ?? []).map((gate) => gate.name);
  for (const [index, gate] of (pod.spec.schedulingGates ?? []).entries())
    if (!gates.includes(gate.name))
      forbidden(
        errors,
        `spec.schedulingGates[${index}].name`,
        `only deletion is allowed, but found new scheduling gate '${gate.name}'`,
      );
  const isGated = gates.length > 0;
  if (isGated) validatePlacementUpdate(errors, pod.spec, old.spec);
  const munged = withOldMutableFields(pod.spec, old.spec, isGated);
  if (deepEqual(munged, old.spec)) return;
  forbidden(errors, 'spec', `${MUTABLE_FIELDS}\n${podSpecDiff(old.spec, munged)}`);
}

const MUTABLE_FIELDS =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Whether the rest of the Pod is still worth a look. */
function validateDeadlineUpdate(errors: Errors, now: number | undefined, before: number | undefined): boolean {
  const field = 'spec.activeDeadlineSeconds';
  if (now === undefined) {
    if (before !== undefined) invalid(errors, field, null, 'must not update from a positive integer to nil value');
    return true;
  }
  if (now < 0 || now > MAX_INT32) invalid(errors, field, now, `must be between 0 and ${MAX_INT32}, inclusive`);
  else if (before !== undefined && before < now)
    invalid(errors, field, now, 'must be less than or equal to previous value');
  else return true;
  return false;
}

function validateTolerationsUpdate(errors: Errors, spec: PodSpec, old: PodSpec): void {
  const same = (a: object, b: object) =>
    deepEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined });
  const lost = (old.tolerations ?? []).some((before) => !(spec.tolerations ?? []).some((now) => same(before, now)));
  if (lost)
    forbidden(errors, 'spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds');
  else validateTolerations(errors, 'spec.tolerations', spec.tolerations);
}

const ONLY_ADDITIONS = 'only additions are allowed (no mutations or deletions)';

/** While a Pod is gated, its placement may be narrowed. Source: validateNodeSelectorMutation, validateNodeAffinityMutation */
function validatePlacementUpdate(errors: Errors, spec: PodSpec, old: PodSpec): void {
  const isNarrowed = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => spec.nodeSelector?.[key] === value);
  if (!isNarrowed) invalid(errors, 'spec.nodeSelector', spec.nodeSelector ?? null, ONLY_ADDITIONS);
  const path = 'requiredDuringSchedulingIgnoredDuringExecution';
  const before = old.affinity?.nodeAffinity?.[path]?.nodeSelectorTerms ?? [];
  const now = spec.affinity?.nodeAffinity?.[path]?.nodeSelectorTerms ?? [];
  const field = `spec.affinity.nodeAffinity.${path}.nodeSelectorTerms`;
  if (before.length === 0) return;
  if (now.length !== before.length) {
    invalid(errors, field, now, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
    return;
  }
  for (const [index, term] of before.entries())
    for (const key of ['matchExpressions', 'matchFields'] as const) {
      const list = now[index]?.[key] ?? [];
      if (!(term[key] ?? []).every((rule, position) => deepEqual(rule, list[position])))
        invalid(errors, `${field}[${index}]`, now[index], ONLY_ADDITIONS);
    }
}

/** The new spec, but for the fields that may change: what then differs may not. */
function withOldMutableFields(spec: PodSpec, old: PodSpec, isGated: boolean): PodSpec {
  const withImages = <List extends 'containers' | 'initContainers'>(list: List) =>
    spec[list]?.map((container, index) =>
      put(container, 'image', (old[list]?.[index] as Container | undefined)?.image),
    );
  const munged: PodSpec = { ...spec, containers: withImages('containers') ?? [] };
  const keep = <Key extends keyof PodSpec>(key: Key) => {
    if (old[key] === undefined) delete munged[key];
    else munged[key] = old[key];
  };
  if (spec.initContainers !== undefined) munged.initContainers = withImages('initContainers');
  keep('activeDeadlineSeconds');
  keep('tolerations');
  keep('schedulingGates');
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    keep('terminationGracePeriodSeconds');
  if (!isGated) return munged;
  keep('nodeSelector');
  const before = old.affinity?.nodeAffinity;
  if (deepEqual(spec.affinity?.nodeAffinity, before)) return munged;
  const { nodeAffinity: _now, ...others } = spec.affinity ?? {};
  if (before !== undefined) munged.affinity = { ...others, nodeAffinity: before };
  else if (old.affinity === undefined && Object.keys(others).length === 0) delete munged.affinity;
  else munged.affinity = others;
  return munged;
}

/** Source: pkg/apis/core/validation/validation.go (ValidatePodStatusUpdate) */
export function validatePodStatusUpdate(errors: Errors, pod: Pod, old: Pod): void {
  const { status } = pod;
  if (status === undefined || status === old.status) return;
  const nominated = status.nominatedNodeName;
  if (nominated !== undefined && nominated !== old.status?.nominatedNodeName)
    complain(errors, 'status.nominatedNodeName', nominated, checkSubdomain(nominated));
  const firstHost = status.hostIPs?.[0];
  if (firstHost !== undefined && status.hostIP !== firstHost.ip)
    invalid(errors, 'status.hostIPs[0].ip', firstHost.ip, 'must be equal to `hostIP`');
  for (const list of ['podIPs', 'hostIPs'] as const)
    if (status[list] !== old.status?.[list])
      for (const [index, { ip }] of (status[list] ?? []).entries())
        if (!isIP(ip)) invalid(errors, `status.${list}[${index}]`, ip, NOT_AN_IP);
  if (pod.spec.restartPolicy === 'Always') return;
  validateTransitions(errors, 'status.containerStatuses', pod, old.status?.containerStatuses, status.containerStatuses);
}

/**
 * pods/ephemeralcontainers: debug containers can be added, and then neither changed nor taken away.
 * Source: pkg/apis/core/validation/validation.go (ValidatePodEphemeralContainersUpdate)
 */
export function validatePodDebugUpdate(errors: Errors, pod: Pod, old: Pod): void {
  validatePodSpec(errors, 'spec', pod.spec);
  const field = 'spec.ephemeralContainers';
  for (const before of old.spec.ephemeralContainers ?? []) {
    const name = JSON.stringify(before.name);
    const now = pod.spec.ephemeralContainers?.find((container) => container.name === before.name);
    if (now === undefined) forbidden(errors, field, `existing ephemeral containers ${name} may not be removed\n`);
    else if (!deepEqual(now, before))
      forbidden(errors, field, `existing ephemeral containers ${name} may not be changed\n`);
  }
}

/** A container that ended for good does not start again. Source: ValidateContainerStateTransition */
function validateTransitions(
  errors: Errors,
  field: string,
  pod: Pod,
  before: readonly ContainerStatus[] = [],
  now: readonly ContainerStatus[] = [],
): void {
  if (before === now) return;
  for (const [index, status] of before.entries()) {
    const ended = status.state?.terminated;
    if (ended === undefined || (ended.exitCode !== 0 && pod.spec.restartPolicy === 'OnFailure')) continue;
    const next = now.find((entry) => entry.name === status.name);
    if (next !== undefined && next.state?.terminated === undefined)
      forbidden(errors, `${field}[${index}].state`, 'may not be transitioned to non-terminated state');
  }
}
