/**
 * Checks of names and labels; each gives the sentences of what is wrong, none if all is well.
 * Source: staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go
 */
export type Complaints = readonly string[];

const NONE: Complaints = [];
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const CONFIG_MAP_KEY = /^[-._a-zA-Z0-9]+$/;
const ENV_VAR_NAME = /^[ -<>-~]+$/;
const PORT_NAME = /^[-a-z0-9]+$/;
const HAS_LETTER = /[a-z]/;
const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED_NAME_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_MAP_KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV_VAR_NAME_TEXT =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";

/** A name of at most 63 characters without dots: containers, namespaces, services' ports. */
export function checkLabel(text: string): Complaints {
  if (text.length <= 63 && LABEL.test(text)) return NONE;
  return complaints(text, 63, LABEL, LABEL_TEXT);
}

/** As a label, but it starts with a letter. */
export function checkLabel1035(text: string): Complaints {
  if (text.length <= 63 && LABEL_1035.test(text)) return NONE;
  return complaints(text, 63, LABEL_1035, LABEL_1035_TEXT);
}

/** Most objects' names: labels joined by dots, at most 253 characters. */
export function checkSubdomain(text: string): Complaints {
  if (text.length <= 253 && SUBDOMAIN.test(text)) return NONE;
  return complaints(text, 253, SUBDOMAIN, SUBDOMAIN_TEXT);
}

/** Keys of labels and annotations, names of resources and finalizers: `[prefix/]name`. */
export function checkQualifiedName(text: string): Complaints {
  const slash = text.indexOf('/');
  const name = slash < 0 ? text : text.slice(slash + 1);
  if (slash < 0 && name.length <= 63 && QUALIFIED_NAME.test(name)) return NONE;
  if (name.includes('/'))
    return [
      `a qualified name ${QUALIFIED_NAME_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const found: string[] = [];
  if (slash === 0) found.push('prefix part must be non-empty');
  else if (slash > 0)
    found.push(...checkSubdomain(text.slice(0, slash)).map((complaint) => `prefix part ${complaint}`));
  if (name === '') found.push('name part must be non-empty');
  else if (name.length > 63) found.push('name part must be no more than 63 bytes');
  if (!QUALIFIED_NAME.test(name)) found.push(`name part ${QUALIFIED_NAME_TEXT}`);
  return found;
}

export function checkLabelValue(text: string): Complaints {
  if (text.length <= 63 && LABEL_VALUE.test(text)) return NONE;
  return complaints(text, 63, LABEL_VALUE, LABEL_VALUE_TEXT);
}

/** Keys of ConfigMaps and Secrets. */
export function checkConfigMapKey(text: string): Complaints {
  if (text.length <= 253 && CONFIG_MAP_KEY.test(text) && text !== '.' && !text.startsWith('..')) return NONE;
  const found = [...complaints(text, 253, CONFIG_MAP_KEY, CONFIG_MAP_KEY_TEXT)];
  if (text === '.' || text === '..') found.push(`must not be '${text}'`);
  else if (text.startsWith('..')) found.push("must not start with '..'");
  return found;
}

/** Since relaxed validation anything printable but `=` is a variable's name. */
export function checkEnvVarName(text: string): Complaints {
  if (ENV_VAR_NAME.test(text)) return NONE;
  return text === '' ? ['environment variable name must be non-empty'] : [ENV_VAR_NAME_TEXT];
}

/** The name of a container's port. */
export function checkPortName(text: string): Complaints {
  const found: string[] = [];
  if (text.length > 15) found.push('must be no more than 15 characters');
  if (!PORT_NAME.test(text)) found.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!HAS_LETTER.test(text)) found.push('must contain at least one letter (a-z)');
  if (text.includes('--')) found.push('must not contain consecutive hyphens');
  if (text !== '' && (text.startsWith('-') || text.endsWith('-'))) found.push('must not begin or end with a hyphen');
  return found;
}

export function checkPortNumber(port: number): Complaints {
  return port >= 1 && port <= 65_535 ? NONE : ['must be between 1 and 65535, inclusive'];
}

export function isIPv4(text: string): boolean {
  return IPV4.test(text);
}

/** IPv4 or IPv6, without a zone. */
export function isIP(text: string): boolean {
  return IPV4.test(text) || isIPv6(text);
}

/** Whether a text is a network such as 10.244.1.0/24. */
export function isCIDR(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return false;
  const address = text.slice(0, slash);
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length)) return false;
  return (isIPv4(address) && Number(length) <= 32) || (isIPv6(address) && Number(length) <= 128);
}

/** Letters and digits without vowels and look-alikes, so that no word appears by chance. */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A name for an object that only brought a `generateName`; `random` gives a number in [0, 1).
 * Source: staging/src/k8s.io/apiserver/pkg/storage/names/generate.go
 */
export function generateName(base: string, random: () => number): string {
  return `${base.slice(0, 58)}${randomSuffix(5, random)}`;
}

export function randomSuffix(length: number, random: () => number): string {
  let suffix = '';
  for (let index = 0; index < length; index++) suffix += SUFFIX_ALPHABET[Math.floor(random() * SUFFIX_ALPHABET.length)];
  return suffix;
}

function complaints(text: string, limit: number, shape: RegExp, sentence: string): string[] {
  const found: string[] = [];
  if (text.length > limit) found.push(`must be no more than ${limit} bytes`);
  if (!shape.test(text)) found.push(sentence);
  return found;
}

function isIPv6(text: string): boolean {
  if (!text.includes(':') || !/^[0-9a-fA-F:.]+$/.test(text)) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [halfIndex, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    for (const [index, part] of parts.entries()) {
      const isLast = halfIndex === halves.length - 1 && index === parts.length - 1;
      if (isLast && part.includes('.')) {
        if (!isIPv4(part)) return false;
        groups += 2;
      } else {
        if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return false;
        groups++;
      }
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

const DIGITS = '0123456789abcdef';
const DASH = 45;

/**
 * Words of 32 bits in hexadecimal, with the dashes of a UUID if wanted. A flat text: put together from pieces it would
 * remain a tree of them, ten times as large.
 */
export function hexText(words: readonly number[], isUuid = false): string {
  const codes: number[] = [];
  for (let digit = 0; digit < words.length * 8; digit++) {
    if (isUuid && digit >= 8 && digit <= 20 && digit % 4 === 0) codes.push(DASH);
    codes.push(DIGITS.charCodeAt(((words[digit >> 3] as number) >>> (28 - (digit & 7) * 4)) & 15));
  }
  return String.fromCharCode(...codes);
}
