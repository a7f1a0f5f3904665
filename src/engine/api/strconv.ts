/** Why Go does not read a text as a whole number of 64 bits; undefined if it does. Source: strconv.ParseInt, ParseUint */
export function integerProblem(text: string, signed = true): string | undefined {
  const digits = (signed ? /^[+-]?0*(\d+)$/ : /^0*(\d+)$/).exec(text)?.[1];
  let why = 'invalid syntax';
  if (digits !== undefined) {
    const value = BigInt(digits.slice(0, 21));
    const most = signed ? (1n << 63n) - (text.startsWith('-') ? 0n : 1n) : (1n << 64n) - 1n;
    if (value <= most) return undefined;
    why = 'value out of range';
  }
  return `strconv.Parse${signed ? 'Int' : 'Uint'}: parsing ${JSON.stringify(text)}: ${why}`;
}

/** A flag in a query: anything but `false` and `0` sets it. Source: apimachinery/pkg/runtime/conversion.go */
export function isFlagSet(text: string | undefined): boolean {
  return text !== undefined && text !== '0' && text.toLowerCase() !== 'false';
}
