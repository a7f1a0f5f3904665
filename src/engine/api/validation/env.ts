import type { Container, EnvVar, EnvVarSource } from '../generated/types.ts';
import { checkConfigMapKey, checkEnvVarName, checkQualifiedName, checkSubdomain } from '../names.ts';
import { complain, type Errors, invalid, required, unsupported } from './field.ts';

/** Source: pkg/apis/core/validation/validation.go (ValidateEnv) */
export function validateEnv(errors: Errors, field: string, env: readonly EnvVar[]): void {
  for (let index = 0; index < env.length; index++) {
    const variable = env[index] as EnvVar;
    const at = `${field}[${index}]`;
    if (variable.name === '') required(errors, `${at}.name`);
    else complain(errors, `${at}.name`, variable.name, checkEnvVarName(variable.name));
    if (variable.valueFrom !== undefined)
      validateEnvSource(errors, `${at}.valueFrom`, variable.valueFrom, variable.value);
  }
}

/** That there is no source is said of the whole list, as upstream does. */
export function validateEnvFrom(errors: Errors, field: string, sources: NonNullable<Container['envFrom']>): void {
  for (const [index, source] of sources.entries()) {
    const at = `${field}[${index}]`;
    if (source.prefix !== undefined) complain(errors, `${at}.prefix`, source.prefix, checkEnvVarName(source.prefix));
    let count = 0;
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const reference = source[kind];
      if (reference === undefined) continue;
      count++;
      if (!reference.name) required(errors, `${at}.${kind}.name`);
      else complain(errors, `${at}.${kind}.name`, reference.name, checkSubdomain(reference.name));
    }
    if (count === 0) invalid(errors, field, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (count > 1) invalid(errors, field, '', 'may not have more than one field specified at a time');
  }
}

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const ENV_RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

function validateEnvSource(errors: Errors, at: string, source: EnvVarSource, value: string | undefined): void {
  let count = 0;
  if (source.fieldRef !== undefined) {
    count++;
    validateFieldRef(errors, `${at}.fieldRef`, source.fieldRef.fieldPath, ENV_FIELDS);
  }
  if (source.resourceFieldRef !== undefined) {
    count++;
    const { resource } = source.resourceFieldRef;
    if (resource === '') required(errors, `${at}.resourceFieldRef.resource`);
    else if (!ENV_RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
      unsupported(errors, `${at}.resourceFieldRef.resource`, resource, ENV_RESOURCES);
  }
  for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[kind];
    if (reference === undefined) continue;
    count++;
    const { name = '', key } = reference;
    complain(errors, `${at}.${kind}.name`, name, checkSubdomain(name));
    if (key === '') required(errors, `${at}.${kind}.key`);
    else complain(errors, `${at}.${kind}.key`, key, checkConfigMapKey(key));
  }
  if (source.fileKeyRef !== undefined) count++;
  if (count === 0)
    invalid(
      errors,
      at,
      '',
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    );
  else if (value !== undefined) invalid(errors, at, '', 'may not be specified when `value` is not empty');
  else if (count > 1) invalid(errors, at, '', 'may not have more than one field specified at a time');
}

const SUBSCRIPT = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/;

/** `metadata.name`, `metadata.labels['app']`. */
export function validateFieldRef(errors: Errors, at: string, path: string, supported: readonly string[]): void {
  if (path === '') {
    required(errors, `${at}.fieldPath`);
    return;
  }
  const match = SUBSCRIPT.exec(path);
  if (match !== null) complain(errors, at, match[2], checkQualifiedName((match[2] as string).toLowerCase()));
  else if (!supported.includes(path)) unsupported(errors, `${at}.fieldPath`, path, supported);
}
