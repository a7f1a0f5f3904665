import type { PodSpec } from '../generated/types.ts';
import { type Errors, forbidden, required, unsupported } from './field.ts';

const NOT_ON_WINDOWS = 'cannot be set for a windows pod';
const NOT_ON_LINUX = 'windows options cannot be set for a linux pod';
/** What Windows does not know: fields of the pod, of its security context and of its containers'. */
const HOST_FIELDS = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const;
const POD_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
];
const CONTAINER_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

/**
 * The system that a pod says it is for, and what does not go with it.
 * Source: pkg/apis/core/validation/validation.go (validateOS, validateLinux, validateWindows)
 */
export function validateOS(errors: Errors, at: string, spec: PodSpec): void {
  const name = spec.os?.name;
  if (name === undefined) return;
  if (name === '') required(errors, `${at}.os.name`, 'cannot be empty');
  else if (name === 'linux') forbidIn(errors, at, spec, ['windowsOptions'], ['windowsOptions'], NOT_ON_LINUX);
  else if (name !== 'windows') unsupported(errors, `${at}.os`, name, ['linux', 'windows']);
  else {
    // Where false is the same as nothing, it is.
    for (const field of HOST_FIELDS)
      if (spec[field] === true || (spec[field] === false && field !== 'hostPID' && field !== 'hostIPC'))
        forbidden(errors, `${at}.${field}`, NOT_ON_WINDOWS);
    forbidIn(errors, at, spec, POD_FIELDS, CONTAINER_FIELDS, NOT_ON_WINDOWS);
  }
}

function forbidIn(
  errors: Errors,
  at: string,
  spec: PodSpec,
  podFields: readonly string[],
  containerFields: readonly string[],
  detail: string,
): void {
  forbidFields(errors, `${at}.securityContext`, spec.securityContext, podFields, detail);
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const)
    for (const [index, { securityContext }] of (spec[list] ?? []).entries())
      forbidFields(errors, `${at}.${list}[${index}].securityContext`, securityContext, containerFields, detail);
}

function forbidFields(
  errors: Errors,
  at: string,
  context: object | undefined,
  names: readonly string[],
  detail: string,
): void {
  const fields = (context ?? {}) as Readonly<Record<string, unknown>>;
  for (const name of names)
    if (fields[name] !== undefined && !(name === 'sysctls' && (fields[name] as unknown[]).length === 0))
      forbidden(errors, `${at}.${name}`, detail);
}
