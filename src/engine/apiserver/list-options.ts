import { encodeBase64 } from '../api/base64.ts';
import type { Status } from '../api/generated/types.ts';
import { parseJson } from '../api/json.ts';
import { describe } from '../api/scalars.ts';
import { badRequest, invalidStatus } from '../api/status.ts';
import { integerProblem, isFlagSet } from '../api/strconv.ts';
import { type Errors, forbidden, unsupported } from '../api/validation/field.ts';
import { isObject } from './patch/json.ts';

type Query = Readonly<Record<string, string>>;

/**
 * What is wrong with the options of a list or watch, as far as no store is needed to tell.
 * Source: apimachinery/pkg/runtime/conversion.go, apimachinery/pkg/apis/meta/internalversion/validation/validation.go
 */
export function listOptionsProblem(query: Query): Status | undefined {
  for (const name of ['timeoutSeconds', 'limit']) {
    const text = query[name];
    const problem = text === undefined ? undefined : integerProblem(text);
    if (problem !== undefined) return badRequest(problem);
  }
  const match = query.resourceVersionMatch;
  if (!match && query.sendInitialEvents === undefined) return undefined;
  const errors: Errors = [];
  if (isFlagSet(query.watch)) validateWatch(errors, query, match);
  else validateList(errors, query, match);
  return errors.length === 0 ? undefined : invalidStatus('ListOptions', 'meta.k8s.io', '', errors);
}

const MATCH = 'resourceVersionMatch';
const EXACT = 'Exact';
const NOT_OLDER = 'NotOlderThan';

function validateList(errors: Errors, query: Query, match: string | undefined): void {
  if (match) {
    if (!query.resourceVersion) forbidden(errors, MATCH, `${MATCH} is forbidden unless resourceVersion is provided`);
    if (query.continue) forbidden(errors, MATCH, `${MATCH} is forbidden when continue is provided`);
    if (match !== EXACT && match !== NOT_OLDER) unsupported(errors, MATCH, match, [EXACT, NOT_OLDER, '']);
    if (match === EXACT && query.resourceVersion === '0')
      forbidden(errors, MATCH, `${MATCH} "exact" is forbidden for resourceVersion "0"`);
  }
  if (query.sendInitialEvents !== undefined)
    forbidden(errors, 'sendInitialEvents', 'sendInitialEvents is forbidden for list');
}

function validateWatch(errors: Errors, query: Query, match: string | undefined): void {
  const asks = query.sendInitialEvents !== undefined;
  if (asks && match !== NOT_OLDER)
    forbidden(errors, MATCH, `sendInitialEvents requires setting ${MATCH} to ${NOT_OLDER}`);
  if (!match) return;
  if (!asks) forbidden(errors, MATCH, `${MATCH} is forbidden for watch unless sendInitialEvents is provided`);
  if (match !== NOT_OLDER) unsupported(errors, MATCH, match, [NOT_OLDER]);
  if (query.continue) forbidden(errors, MATCH, `${MATCH} is forbidden when continue is provided`);
}

/** Whether a list has to be of the very moment that its resourceVersion names. Source: storage/interfaces.go (ValidateListOptions) */
export function wantsExact({ resourceVersion, resourceVersionMatch, limit }: Query): boolean {
  if (resourceVersionMatch) return resourceVersionMatch === EXACT;
  return Number(limit) > 0 && Number(resourceVersion) > 0;
}

/** What Go says of a resourceVersion that is no number; undefined if it is one, or none was given. */
export function versionProblem(version: string): string | undefined {
  const problem = version === '' ? undefined : integerProblem(version, false);
  return problem && `resourceVersion: Invalid value: ${JSON.stringify(version)}: ${problem}`;
}

/** Where a list goes on, and of which moment it is; -1: of now. */
interface Token {
  readonly revision: number;
  /** Keys from here on, without the prefix of the collection. */
  readonly start: string;
}

/** Where the next part of a list begins. Clients only hand it back. Source: storage/continue.go (EncodeContinue) */
export function writeToken({ revision, start }: Token): string {
  return encodeBase64(JSON.stringify({ v: VERSION, rv: revision, start }))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The same backwards; a text says why it is none. Source: storage/continue.go (DecodeContinue) */
export function readToken(token: string): Token | string {
  const text = decodeBase64(token);
  if (typeof text === 'number') return `${NOT_VALID}: illegal base64 data at input byte ${text}`;
  const parsed = parseJson(text);
  if ('error' in parsed) return `${NOT_VALID}: ${parsed.error}`;
  const { value } = parsed;
  if (!isObject(value)) return `${NOT_VALID}: ${unreadable(value, 'value of type storage.continueToken')}`;
  const { v = '', rv = 0, start = '' } = value;
  for (const [name, field] of [
    ['v', v],
    ['start', start],
  ] as const)
    if (typeof field !== 'string')
      return `${NOT_VALID}: ${unreadable(field, `struct field continueToken.${name} of type string`)}`;
  if (!Number.isInteger(rv)) return `${NOT_VALID}: ${unreadable(rv, 'struct field continueToken.rv of type int64')}`;
  if (v !== VERSION) return `${NOT_VALID}: server does not recognize this encoded version ${v}`;
  if (rv === 0) return `${NOT_VALID}: incorrect encoded start resourceVersion (version ${VERSION})`;
  if (start === '') return `${NOT_VALID}: encoded start key empty (version ${VERSION})`;
  const key = start as string;
  // Nothing may lead out of the collection.
  const parts = key.replace(/^\//, '').split('/');
  if (key !== '/' && parts.some((part) => part === '' || part === '.' || part === '..')) return `${NOT_VALID}: ${key}`;
  return { revision: rv as number, start: key.replace(/^\//, '') };
}

const VERSION = 'meta.k8s.io/v1';
const NOT_VALID = 'continue key is not valid';

/** What Go's decoder says of a value of the wrong type. */
function unreadable(value: unknown, place: string): string {
  const shown = typeof value === 'number' && place.startsWith('struct') ? `number ${value}` : describe(value);
  return `json: cannot unmarshal ${shown} into Go ${place}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The bytes of a base64 text (URL form, no padding), or the place of the first that does not belong there. */
function decodeBase64(token: string): string | number {
  let text = '';
  let held = 0;
  let bits = 0;
  for (let i = 0; i < token.length; i++) {
    const value = ALPHABET.indexOf(token[i] as string);
    if (value < 0) return i;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    text += String.fromCharCode((held >> bits) & 0xff);
  }
  return token.length % 4 === 1 ? token.length - 1 : text;
}
