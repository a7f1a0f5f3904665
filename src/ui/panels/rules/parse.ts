/** Where connections to one port of a Service go, on one node. */
export interface ServiceRules {
  /** As the comment names it: `default/web:http`. */
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly backends: readonly Backend[];
  /** Its lines, in the order of the text. */
  readonly lines: readonly string[];
}

/** A way in: a virtual address, or a port of the node. */
export interface Entry {
  /** Undefined: any address of the node. */
  readonly address?: string;
  readonly port: string;
  readonly protocol: string;
  readonly verdict: 'forward' | 'refuse' | 'drop';
}

export interface Backend {
  /** `10.244.1.2:80`. */
  readonly to: string;
  /** Share of all connections. */
  readonly share: number;
}

interface Line {
  readonly text: string;
  readonly chain: string;
  readonly jump: string;
  readonly comment: string;
}

/** Reads what iptables-save printed: the rules of each Service port, by name. */
export function servicesOf(text: string): readonly ServiceRules[] {
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('-A '))
    .map(parseLine);
  const byChain = new Map<string, Line[]>();
  for (const line of lines) {
    const chain = byChain.get(line.chain);
    if (chain === undefined) byChain.set(line.chain, [line]);
    else chain.push(line);
  }
  const found = new Map<string, { entries: Entry[]; chains: Set<string>; heads: string[] }>();
  const service = (name: string) => {
    let rules = found.get(name);
    if (rules === undefined) {
      rules = { entries: [], chains: new Set(), heads: [] };
      found.set(name, rules);
    }
    return rules;
  };
  for (const line of lines) {
    if (!ENTRY_CHAINS.has(line.chain)) continue;
    const name = NAME.exec(line.comment)?.[0];
    const port = option(line.text, '--dport');
    if (name === undefined || port === undefined) continue;
    const rules = service(name);
    rules.heads.push(line.text);
    rules.entries.push({
      address: option(line.text, '-d')?.replace(/\/32$/, ''),
      port,
      protocol: option(line.text, '-p') ?? 'tcp',
      verdict: line.jump === 'REJECT' ? 'refuse' : line.jump === 'DROP' ? 'drop' : 'forward',
    });
    if (line.jump.startsWith('KUBE-')) rules.chains.add(line.jump);
  }
  return [...found]
    .map(([name, { entries, chains, heads }]) => {
      const own = reachable(chains, byChain);
      return {
        name,
        entries,
        backends: backendsOf(own, byChain),
        lines: [...heads, ...own.flatMap((chain) => (byChain.get(chain) ?? []).map((line) => line.text))],
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Chains in which each Service has lines of its own. */
const ENTRY_CHAINS = new Set(['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-EXTERNAL-SERVICES']);
const SERVICE_CHAIN = /^KUBE-(?:SVC|SVL|EXT|FW|SEP)-/;
/** `namespace/name` and the port's name, at the beginning of a comment. */
const NAME = /^[\w.-]+\/[\w.-]+(?::[\w.-]+)?/;

function parseLine(text: string): Line {
  return {
    text,
    chain: text.split(' ', 2)[1] ?? '',
    jump: option(text, '-j') ?? '',
    comment: /--comment "([^"]*)"/.exec(text)?.[1] ?? '',
  };
}

function option(line: string, name: string): string | undefined {
  const parts = line.split(' ');
  const at = parts.indexOf(name);
  return at < 0 ? undefined : parts[at + 1];
}

/** The chains of a Service, in the order in which a packet meets them. */
function reachable(from: Iterable<string>, byChain: ReadonlyMap<string, readonly Line[]>): readonly string[] {
  const seen = new Set<string>();
  const visit = (chain: string): void => {
    if (seen.has(chain) || !SERVICE_CHAIN.test(chain)) return;
    seen.add(chain);
    for (const { jump } of byChain.get(chain) ?? []) visit(jump);
  };
  for (const chain of from) visit(chain);
  return [...seen];
}

/** Each rule of a spreading chain takes its chance of what the rules before it left. */
function backendsOf(chains: readonly string[], byChain: ReadonlyMap<string, readonly Line[]>): readonly Backend[] {
  const spreading =
    chains.find((chain) => chain.startsWith('KUBE-SVC-')) ?? chains.find((chain) => chain.startsWith('KUBE-SVL-'));
  if (spreading === undefined) return [];
  const backends: Backend[] = [];
  let left = 1;
  for (const { text, jump } of byChain.get(spreading) ?? []) {
    // Rules that remember a client repeat the endpoints before the choice.
    if (!jump.startsWith('KUBE-SEP-') || text.includes('-m recent')) continue;
    const chance = Number(option(text, '--probability') ?? 1);
    const to = (byChain.get(jump) ?? []).map((line) => option(line.text, '--to-destination')).find(Boolean);
    backends.push({ to: to ?? jump, share: left * chance });
    left *= 1 - chance;
  }
  return backends;
}

/** `33 %`. */
export const percentText = (share: number): string => `${Math.round(share * 100)} %`;
