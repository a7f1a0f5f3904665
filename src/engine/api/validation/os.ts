import type { PodSpec } from '../generated/types.ts';
import { type Errors, forbidden, required, unsupported } from './field.ts';

/**
 * The system that a pod says it is for, and what does not go with it.
 * Source: pkg/apis/core/validation/validation.go (validateOS, validateLinux, validateWindows)
 */
export function validateOS(errors: Errors, at: string, spec: PodSpec): void {
  const name = spec.os?.name;
  if (name === undefined) return;
  if (name === '') required(errors, `${at}.os.name`, 'cannot be empty');
  else if (name === 'windows') validateWindows(errors, at, spec);
  else if (name !== 'linux') unsupported(errors, `${at}.os`, name, ['linux', 'windows']);
  else forbidIn(errors, at, spec, 'windowsOptions', 'windowsOptions', 'windows options cannot be set for a linux pod');
}

function validateWindows(errors: Errors, at: string, spec: PodSpec): void {
  const detail = 'cannot be set for a windows pod';
  // Where false is the same as nothing, it is.
  for (const field of ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const)
    if (spec[field] === true || (spec[field] === false && field !== 'hostPID' && field !== 'hostIPC'))
      forbidden(errors, `${at}.${field}`, detail);
  const ofPod =
    'appArmorProfile seLinuxOptions seccompProfile fsGroup fsGroupChangePolicy sysctls runAsUser runAsGroup supplementalGroups supplementalGroupsPolicy seLinuxChangePolicy';
  const ofContainers =
    'appArmorProfile seLinuxOptions seccompProfile capabilities readOnlyRootFilesystem privileged allowPrivilegeEscalation procMount runAsUser runAsGroup';
  forbidIn(errors, at, spec, ofPod, ofContainers, detail);
}

/** Forbids fields of the security contexts of a pod and of its containers. */
function forbidIn(
  errors: Errors,
  at: string,
  spec: PodSpec,
  ofPod: string,
  ofContainers: string,
  detail: string,
): void {
  forbidFields(errors, `${at}.securityContext`, spec.securityContext, ofPod, detail);
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const)
    for (const [index, { securityContext }] of (spec[list] ?? []).entries())
      forbidFields(errors, `${at}.${list}[${index}].securityContext`, securityContext, ofContainers, detail);
}

function forbidFields(errors: Errors, at: string, context: object | undefined, names: string, detail: string): void {
  const fields = (context ?? {}) as Readonly<Record<string, unknown>>;
  for (const name of names.split(' '))
    if (fields[name] !== undefined && !(name === 'sysctls' && (fields[name] as unknown[]).length === 0))
      forbidden(errors, `${at}.${name}`, detail);
}
