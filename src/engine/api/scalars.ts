import { parseQuantity } from './quantity.ts';
import type { TypeSchema } from './schema.ts';
import { fromRFC3339, toRFC3339, toRFC3339Micro } from './time.ts';

/** Thrown where Go's decoder gives up at once instead of reading on. */
export class DecodeError extends Error {}

export function readQuantity(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new DecodeError(`json: cannot unmarshal ${describe(value)} into Go value of type string`);
  const text = typeof value === 'string' ? value.trim() : String(value);
  const quantity = parseQuantity(text);
  if (typeof quantity === 'string') throw new DecodeError(quantity);
  return quantity.canonical;
}

/** The last whole second that was read: most times of a busy cluster are now. */
let lastSecond = '';

export function readTime(value: unknown, micro: boolean): string | null {
  if (value === lastSecond && !micro) return lastSecond;
  if (typeof value !== 'string')
    throw new DecodeError(`json: cannot unmarshal ${describe(value)} into Go value of type string`);
  const ms = fromRFC3339(value);
  if (value.length === (micro ? 27 : 20) && value.endsWith('Z') && !Number.isNaN(ms)) {
    if (!micro) lastSecond = value;
    return value;
  }
  if (!Number.isNaN(ms)) return micro ? toRFC3339Micro(ms) : toRFC3339(ms);
  const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
  throw new DecodeError(`parsing time "${value}" as "${layout}": cannot parse "${value}" as "2006"`);
}

export function readIntOrString(value: unknown): unknown {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2_147_483_648) return value;
  const found = typeof value === 'number' ? `number ${value}` : describe(value);
  throw new DecodeError(`json: cannot unmarshal ${found} into Go value of type int32`);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function readBase64(value: string): string {
  const text = value.includes('\n') ? value.replace(/[\r\n]/g, '') : value;
  if (BASE64.test(text)) return text;
  let position = 0;
  while (/[A-Za-z0-9+/]/.test(text.charAt(position))) position++;
  throw new DecodeError(`illegal base64 data at input byte ${position}`);
}

/** A type as Go names it in its error sentences. */
export function goType(type: TypeSchema, struct: string, field: string): string {
  switch (type.kind) {
    case 'string': {
      const name = GO_STRINGS[`${struct}.${field}`];
      return name === undefined ? 'string' : name === 'UID' ? 'types.UID' : `v1.${name}`;
    }
    case 'boolean':
      return 'bool';
    case 'double':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    case 'quantity':
      return 'resource.Quantity';
    case 'struct':
      return `v1.${type.struct}`;
    case 'list':
      return `[]${goType(type.item, struct, '')}`;
    case 'map':
      if (type.item.kind === 'quantity' && RESOURCE_LISTS.has(field)) return 'v1.ResourceList';
      return `map[string]${goType(type.item, struct, '')}`;
    default:
      return type.kind;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Go's word for a JSON value. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return { boolean: 'bool', object: 'object' }[typeof value as string] ?? typeof value;
}

/** Go's names of enumerated strings, where they differ from the field's own name. */
const GO_STRINGS: Readonly<Record<string, string>> = {
  'PodSpec.restartPolicy': 'RestartPolicy',
  'PodSpec.dnsPolicy': 'DNSPolicy',
  'ServiceSpec.type': 'ServiceType',
  'ServiceSpec.sessionAffinity': 'ServiceAffinity',
  'Container.imagePullPolicy': 'PullPolicy',
  'Container.restartPolicy': 'ContainerRestartPolicy',
  'ContainerPort.protocol': 'Protocol',
  'ServicePort.protocol': 'Protocol',
  'DeploymentStrategy.type': 'DeploymentStrategyType',
  'DaemonSetUpdateStrategy.type': 'DaemonSetUpdateStrategyType',
  'Toleration.effect': 'TaintEffect',
  'Toleration.operator': 'TolerationOperator',
  'Taint.effect': 'TaintEffect',
  'PodStatus.phase': 'PodPhase',
  'Secret.type': 'SecretType',
  'ObjectMeta.uid': 'UID',
};
const RESOURCE_LISTS: ReadonlySet<string> = new Set([
  'limits',
  'requests',
  'capacity',
  'allocatable',
  'hard',
  'used',
  'overhead',
  'max',
  'min',
  'default',
  'defaultRequest',
]);
