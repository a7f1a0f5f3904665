import type { ClusterOptions } from '../../../engine/door.ts';

/** The form as it is written; each value is text. */
export interface NewClusterForm {
  readonly profile: 'kind' | 'ha';
  /** Empty: as many as the profile has. */
  readonly controlPlanes: string;
  readonly workers: string;
  /** Empty: as many as the profile has. */
  readonly etcdMembers: string;
  readonly cpu: string;
  readonly memory: string;
  readonly zones: string;
  readonly seed: string;
  readonly addons: boolean;
}

export type FormErrors = Partial<Record<keyof NewClusterForm, string>>;

export const DEFAULT_FORM: NewClusterForm = {
  profile: 'kind',
  controlPlanes: '',
  workers: '3',
  etcdMembers: '',
  cpu: '8',
  memory: '16Gi',
  zones: '',
  seed: '1',
  addons: true,
};

export const MOST_WORKERS = 50;
const MOST_CONTROL_PLANES = 7;
const MOST_ETCD_MEMBERS = 7;
const MOST_SEED = 2 ** 32 - 1;
const MOST_CPU_MILLIS = 1_024_000;
const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const LEAST_MEMORY = 512 * 2 ** 20;
const MOST_MEMORY = 64 * 2 ** 40;
/** A label value, as zones become one on each node. */
const ZONE = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

/** What the form asks for, or a sentence for each field that is wrong. */
export function readForm(form: NewClusterForm): { readonly options: ClusterOptions } | { readonly errors: FormErrors } {
  const zones = form.zones
    .split(',')
    .map((zone) => zone.trim())
    .filter((zone) => zone !== '');
  const errors: FormErrors = withoutUndefined({
    workers: wrongWhole(form.workers, 1, MOST_WORKERS),
    controlPlanes: wrongIfAny(form.controlPlanes, 1, MOST_CONTROL_PLANES),
    etcdMembers: wrongIfAny(form.etcdMembers, 1, MOST_ETCD_MEMBERS),
    cpu: wrongCpu(form.cpu.trim()),
    memory: wrongMemory(form.memory.trim()),
    zones: wrongZones(zones),
    seed: wrongWhole(form.seed, 0, MOST_SEED),
  });
  if (Object.keys(errors).length > 0) return { errors };
  return {
    options: {
      seed: Number(form.seed),
      workers: Number(form.workers),
      profile: form.profile === 'kind' ? undefined : form.profile,
      controlPlanes: numberOf(form.controlPlanes),
      etcdMembers: numberOf(form.etcdMembers),
      zones: zones.length > 0 ? zones : undefined,
      nodeResources: { cpu: form.cpu.trim(), memory: form.memory.trim() },
      addons: form.addons ? undefined : false,
    },
  };
}

const numberOf = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text));

function wrongIfAny(text: string, least: number, most: number): string | undefined {
  return text.trim() === '' ? undefined : wrongWhole(text, least, most);
}

function wrongWhole(text: string, least: number, most: number): string | undefined {
  if (!/^\d+$/.test(text.trim())) return `This has to be a whole number from ${least} to ${most}.`;
  const value = Number(text);
  if (value < least) return `At least ${least}.`;
  return value > most ? `At most ${most}.` : undefined;
}

function wrongCpu(text: string): string | undefined {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text);
  if (match === null) return 'Cores such as 8 or 0.5, or thousandths such as 500m.';
  const millis = Number(match[1]) * (match[2] === 'm' ? 1 : 1000);
  if (millis < 1000) return 'At least 1: the node’s own parts need some.';
  return millis > MOST_CPU_MILLIS ? 'At most 1024.' : undefined;
}

function wrongMemory(text: string): string | undefined {
  const match = /^(\d+(?:\.\d+)?)([kMGT]|[KMGT]i)?$/.exec(text);
  if (match === null) return 'A size such as 16Gi or 2000M.';
  const bytes = Number(match[1]) * (BYTES[match[2] ?? ''] ?? 0);
  if (bytes < LEAST_MEMORY) return 'At least 512Mi: the node’s own parts need some.';
  return bytes > MOST_MEMORY ? 'At most 64Ti.' : undefined;
}

function wrongZones(zones: readonly string[]): string | undefined {
  const bad = zones.find((zone) => !ZONE.test(zone) || zone.length > 63);
  if (bad !== undefined) return `“${bad}” cannot be a label: letters, digits, - and . only.`;
  const twice = zones.find((zone, i) => zones.indexOf(zone) !== i);
  return twice === undefined ? undefined : `“${twice}” is there twice.`;
}

function withoutUndefined(errors: FormErrors): FormErrors {
  return Object.fromEntries(Object.entries(errors).filter(([, sentence]) => sentence !== undefined));
}
