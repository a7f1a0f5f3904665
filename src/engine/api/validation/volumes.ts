import type { KeyToPath, Volume, VolumeProjection } from '../generated/types.ts';
import { checkLabel } from '../names.ts';
import { validateFieldRef } from './env.ts';
import { complain, duplicate, type Errors, forbidden, invalid, once, oneOf, required, unsupported } from './field.ts';

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const DOWNWARD_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const MAX_FILE_MODE = 0o777;

/**
 * Volumes of a Pod; gives their names, which mounts refer to.
 * Source: pkg/apis/core/validation/validation.go (ValidateVolumes)
 */
export function validateVolumes(errors: Errors, field: string, volumes: readonly Volume[] | undefined): Set<string> {
  const names = new Set<string>();
  if (volumes === undefined) return names;
  for (let index = 0; index < volumes.length; index++) {
    const volume = volumes[index] as Volume;
    const at = `${field}[${index}]`;
    validateSource(errors, at, volume);
    if (volume.name === '') required(errors, `${at}.name`);
    else complain(errors, `${at}.name`, volume.name, checkLabel(volume.name));
    if (names.has(volume.name)) duplicate(errors, `${at}.name`, volume.name);
    names.add(volume.name);
  }
  return names;
}

function validateSource(errors: Errors, at: string, volume: Volume): void {
  let count = 0;
  for (const key in volume) {
    if (key === 'name') continue;
    const path = `${at}.${key}`;
    if (count++ > 0) forbidden(errors, path, 'may not specify more than 1 volume type');
    else validateOneSource(errors, path, volume, key as keyof Volume);
  }
  if (count === 0) required(errors, at, 'must specify a volume type');
}

function validateOneSource(errors: Errors, at: string, volume: Volume, key: keyof Volume): void {
  switch (key) {
    case 'hostPath': {
      const source = volume.hostPath;
      if (!source?.path) required(errors, `${at}.path`);
      else if (source.path.split('/').includes('..'))
        invalid(errors, `${at}.path`, source.path, "must not contain '..'");
      if (source?.type !== undefined && !HOST_PATH_TYPES.includes(source.type))
        unsupported(errors, `${at}.type`, source.type, HOST_PATH_TYPES);
      break;
    }
    case 'emptyDir':
      if (volume.emptyDir?.sizeLimit?.startsWith('-'))
        forbidden(errors, `${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity');
      break;
    case 'secret':
      if (!volume.secret?.secretName) required(errors, `${at}.secretName`);
      validateMode(errors, `${at}.defaultMode`, volume.secret?.defaultMode);
      validateItems(errors, `${at}.items`, volume.secret?.items);
      break;
    case 'configMap':
      if (!volume.configMap?.name) required(errors, `${at}.name`);
      validateMode(errors, `${at}.defaultMode`, volume.configMap?.defaultMode);
      validateItems(errors, `${at}.items`, volume.configMap?.items);
      break;
    case 'persistentVolumeClaim':
      if (!volume.persistentVolumeClaim?.claimName) required(errors, `${at}.claimName`);
      break;
    case 'nfs':
      if (!volume.nfs?.server) required(errors, `${at}.server`);
      if (!volume.nfs?.path) required(errors, `${at}.path`);
      else if (!volume.nfs.path.startsWith('/'))
        invalid(errors, `${at}.path`, volume.nfs.path, 'must be an absolute path');
      break;
    case 'csi':
      if (!volume.csi?.driver) required(errors, `${at}.driver`);
      break;
    case 'downwardAPI':
      validateMode(errors, `${at}.defaultMode`, volume.downwardAPI?.defaultMode);
      validateDownwardItems(errors, `${at}.items`, volume.downwardAPI?.items);
      break;
    case 'projected':
      validateMode(errors, `${at}.defaultMode`, volume.projected?.defaultMode);
      for (const [index, source] of (volume.projected?.sources ?? []).entries())
        once(errors, source, () => validateProjection(errors, `${at}.sources[${index}]`, source));
      break;
    case 'image':
      if (volume.image?.pullPolicy !== undefined)
        oneOf(errors, `${at}.pullPolicy`, volume.image.pullPolicy, ['Always', 'IfNotPresent', 'Never']);
      break;
  }
}

function validateProjection(errors: Errors, at: string, source: VolumeProjection): void {
  const keys = Object.keys(source);
  for (const key of keys.slice(1)) forbidden(errors, `${at}.${key}`, 'may not specify more than 1 volume type');
  if (keys.length === 0) required(errors, at, 'must specify a volume type');
  if (source.secret !== undefined) {
    if (!source.secret.name) required(errors, `${at}.secret.name`);
    validateItems(errors, `${at}.secret.items`, source.secret.items);
  }
  if (source.configMap !== undefined) {
    if (!source.configMap.name) required(errors, `${at}.configMap.name`);
    validateItems(errors, `${at}.configMap.items`, source.configMap.items);
  }
  if (source.downwardAPI !== undefined)
    validateDownwardItems(errors, `${at}.downwardAPI.items`, source.downwardAPI.items);
  const token = source.serviceAccountToken;
  if (token === undefined) return;
  const path = `${at}.serviceAccountToken`;
  const seconds = token.expirationSeconds ?? 0;
  if (seconds < 600)
    invalid(errors, `${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > 2 ** 32)
    invalid(errors, `${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds');
  validateLocalPath(errors, `${path}.path`, token.path);
}

type DownwardItems = NonNullable<Volume['downwardAPI']>['items'];

function validateDownwardItems(errors: Errors, field: string, items: DownwardItems): void {
  for (const [index, item] of (items ?? []).entries()) {
    const at = `${field}[${index}]`;
    validateLocalPath(errors, `${at}.path`, item.path);
    if (item.fieldRef !== undefined) {
      validateFieldRef(errors, `${at}.fieldRef`, item.fieldRef.fieldPath, DOWNWARD_FIELDS);
      if (item.resourceFieldRef !== undefined)
        invalid(errors, at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
    } else if (item.resourceFieldRef === undefined)
      required(errors, `${at}.fieldRef`, 'one of fieldRef and resourceFieldRef is required');
    validateMode(errors, `${at}.mode`, item.mode);
  }
}

function validateItems(errors: Errors, field: string, items: readonly KeyToPath[] | undefined): void {
  for (const [index, item] of (items ?? []).entries()) {
    const at = `${field}[${index}]`;
    if (item.key === '') required(errors, `${at}.key`);
    validateLocalPath(errors, `${at}.path`, item.path);
    validateMode(errors, `${at}.mode`, item.mode);
  }
}

function validateLocalPath(errors: Errors, field: string, path: string): void {
  if (path === '') required(errors, field);
  else if (path.startsWith('/')) invalid(errors, field, path, 'must be a relative path');
  else if (path.split('/').includes('..')) invalid(errors, field, path, "must not contain '..'");
  else if (path.startsWith('..')) invalid(errors, field, path, "must not start with '..'");
}

function validateMode(errors: Errors, field: string, mode: number | undefined): void {
  if (mode !== undefined && (mode < 0 || mode > MAX_FILE_MODE))
    invalid(errors, field, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}
