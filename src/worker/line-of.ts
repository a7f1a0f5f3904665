import { type ApplyResult, lineOfField } from '../engine/index.ts';

type Source = Parameters<typeof lineOfField>[0];

/** As `resource.Quantity` writes it, with the forms that decode. */
const QUANTITY = /^[-+]?(\d+\.?\d*|\.\d+)(([numkMGTPE]|[KMGTPE]i)?|[eE][-+]?\d+)$/;
/** Where manifests have quantities. */
const QUANTITIES = new Set([
  'requests',
  'limits',
  'capacity',
  'hard',
  'overhead',
  'default',
  'defaultRequest',
  'max',
  'min',
]);

/** The line (in the whole text) of the field that a result complains of; without one, the first of its document. */
export function lineOf({ status, warnings }: ApplyResult, source: Source | undefined): number {
  if (source === undefined) return 1;
  const details = status?.details as { readonly causes?: readonly { readonly field?: string }[] } | undefined;
  const message = status?.message ?? warnings?.[0] ?? '';
  const field =
    details?.causes?.[0]?.field ??
    /unknown field "([^"]+)"/.exec(message)?.[1] ??
    /Go struct field \w+\.(\S+) of type/.exec(message)?.[1] ??
    (message.includes('quantities must match') ? badQuantity(source.value, '') : undefined);
  return lineOfField(source, field ?? '');
}

/** The path of the first quantity that is none: the decoder's sentence does not name it. */
function badQuantity(value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const bad = QUANTITIES.has(key) && isRecord(item) ? Object.keys(item).find((name) => isBad(item[name])) : undefined;
    const found = bad === undefined ? badQuantity(item, at) : `${at}[${bad}]`;
    if (found !== undefined) return found;
  }
  return undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isBad = (quantity: unknown): boolean => typeof quantity === 'string' && !QUANTITY.test(quantity);
