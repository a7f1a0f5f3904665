import type { PodSpec, SecurityContext } from '../generated/types.ts';
import { Verbatim } from '../status.ts';
import {
  complain,
  duplicate,
  type Errors,
  invalid,
  required,
  tooLong,
  unsupported,
  validateDescendingPath,
} from './field.ts';

const MAX_ID = 2_147_483_647;
const PROFILES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const MAX_PROFILE_PATH = 4095;
const MAX_SYSCTL = 253;
const SYSCTL_PART = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = `^(${SYSCTL_PART}[\\./])*${SYSCTL_PART}$`;
const isSysctl = new RegExp(SYSCTL);

/** Source: pkg/apis/core/validation/validation.go (ValidateSecurityContext) */
export function validateSecurityContext(errors: Errors, at: string, context: SecurityContext | undefined): void {
  if (context === undefined) return;
  validateIds(errors, at, context);
  optional(errors, `${at}.procMount`, context.procMount, ['Default', 'Unmasked']);
  validateProfiles(errors, at, context);
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true)
    invalid(errors, at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
  if (context.capabilities?.add?.some((name) => name === 'CAP_SYS_ADMIN' || name === 'SYS_ADMIN'))
    invalid(errors, at, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
}

/** Source: pkg/apis/core/validation/validation.go (validatePodSpecSecurityContext) */
export function validatePodSecurityContext(errors: Errors, at: string, spec: PodSpec): void {
  const context = spec.securityContext;
  if (context === undefined) return;
  validateId(errors, `${at}.fsGroup`, context.fsGroup);
  validateIds(errors, at, context);
  for (const [index, group] of (context.supplementalGroups ?? []).entries())
    validateId(errors, `${at}.supplementalGroups[${index}]`, group);
  if (spec.shareProcessNamespace === true && spec.hostPID === true)
    invalid(errors, `${at}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled');
  const names = new Set<string>();
  for (const [index, { name }] of (context.sysctls ?? []).entries()) {
    const field = `${at}.sysctls[${index}].name`;
    if (name === '') required(errors, field);
    else if (name.length > MAX_SYSCTL || !isSysctl.test(name))
      invalid(errors, field, name, `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL}`);
    else if (names.has(name)) duplicate(errors, field, name);
    const host = hostOf(name);
    if (host !== undefined && spec[host] === true)
      invalid(errors, field, name, `may not be specified when '${host}' is true`);
    names.add(name);
  }
  optional(errors, `${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']);
  validateProfiles(errors, at, context);
  optional(errors, `${at}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']);
  optional(errors, `${at}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['MountOption', 'Recursive']);
}

/** Whose namespace a sysctl belongs to, if pods have one of their own. Source: component-helpers/node/util/sysctl/namespace.go */
function hostOf(sysctl: string): 'hostNetwork' | 'hostIPC' | undefined {
  const name = /^[^./]*\//.test(sysctl) ? sysctl.replace(/[./]/g, (mark) => (mark === '/' ? '.' : '/')) : sysctl;
  if (name.startsWith('net.')) return 'hostNetwork';
  return /^(kernel\.(sem$|shm|msg)|fs\.mqueue\.)/.test(name) ? 'hostIPC' : undefined;
}

type Ids = Pick<SecurityContext, 'runAsUser' | 'runAsGroup'>;
type Profiles = Pick<SecurityContext, 'seccompProfile' | 'appArmorProfile'>;

function validateIds(errors: Errors, at: string, { runAsUser, runAsGroup }: Ids): void {
  validateId(errors, `${at}.runAsUser`, runAsUser);
  validateId(errors, `${at}.runAsGroup`, runAsGroup);
}

function validateId(errors: Errors, field: string, id: number | undefined): void {
  if (id !== undefined && (id < 0 || id > MAX_ID))
    complain(errors, field, id, [`must be between 0 and ${MAX_ID}, inclusive`]);
}

/** Source: same file (validateSeccompProfileField, ValidateAppArmorProfileField) */
function validateProfiles(errors: Errors, at: string, { seccompProfile, appArmorProfile }: Profiles): void {
  for (const name of ['seccompProfile', 'appArmorProfile'] as const) {
    const profile = name === 'seccompProfile' ? seccompProfile : appArmorProfile;
    if (profile === undefined) continue;
    const word = name === 'seccompProfile' ? 'seccomp' : 'AppArmor';
    const { type, localhostProfile: path } = profile;
    const field = `${at}.${name}.localhostProfile`;
    if (!type) required(errors, `${at}.${name}.type`, `type is required when ${name} is set`);
    else if (!PROFILES.includes(type)) unsupported(errors, `${at}.${name}.type`, type, PROFILES);
    if (type !== 'Localhost') {
      // An AppArmor profile of an unknown type is not looked at any further; a seccomp profile is.
      const isJudged = word === 'seccomp' || PROFILES.includes(type);
      if (path !== undefined && isJudged)
        // The internal struct is shown, whose fields have Go's names.
        invalid(
          errors,
          field,
          word === 'seccomp' ? goStruct(type, path) : path,
          `can only be set when ${word} type is Localhost`,
        );
    } else if (path === undefined || (path === '' && word === 'AppArmor'))
      required(errors, field, `must be set when ${word} type is Localhost`);
    else if (word === 'seccomp') validateDescendingPath(errors, field, path);
    else {
      if (path.trim() !== path) invalid(errors, field, path, 'must not be padded with whitespace');
      if (path.length > MAX_PROFILE_PATH) tooLong(errors, field, MAX_PROFILE_PATH);
    }
  }
}

const goStruct = (type: string, path: string): Verbatim =>
  new Verbatim(JSON.stringify({ Type: type, LocalhostProfile: path }));

function optional(errors: Errors, field: string, value: string | undefined, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value)) unsupported(errors, field, value, values);
}
