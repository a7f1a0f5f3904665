import type { ActiveFault, Fault } from './door.ts';
import { completed } from './fault-catalogue.ts';
import { kindOf, staysDown } from './fault-kinds.ts';
import { anyProcess, COMPONENTS, memberOf, processOf, sidesOf, targetOf } from './fault-targets.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Address } from './kernel/types.ts';
import type { ContainerdState } from './runtime/state.ts';

/** How long a rebooting machine is without power before it boots. */
const REBOOT_OFF_MS = 3_000;

/** The fault with its defaults, and what it breaks in one plain sentence. Throws a `FaultError` that says what is wrong. */
export function examine(kernel: Kernel, asked: Fault): { fault: Fault; sentence: string } {
  const fault = settled(completed(asked), kernel);
  return { fault, sentence: kindOf(fault).sentence(fault, kernel) };
}

/**
 * Checks and starts a fault; undefined for one that is over as soon as it has happened. Throws a `FaultError` that says
 * what is wrong; then nothing has happened.
 */
export function startFault(kernel: Kernel, id: string, asked: Fault, by?: string): ActiveFault | undefined {
  const { fault, sentence } = examine(kernel, asked);
  const kind = kindOf(fault);
  kind.start(fault, kernel, id);
  if (kind.heal === undefined || (fault.kind === 'component-crash' && !staysDown(fault))) return undefined;
  const forMs = fault.forMs ?? (fault.kind === 'node-reboot' ? REBOOT_OFF_MS : undefined);
  const until = forMs === undefined ? undefined : kernel.now + forMs;
  return { id, fault, sentence, since: kernel.now, ...(until !== undefined && { until }), ...(by && { by }) };
}

/**
 * Undoes a fault, and says in one plain sentence what came back. What one of the `others` (still active ones) keeps
 * broken stays broken.
 */
export function healFault(kernel: Kernel, active: ActiveFault, others: readonly ActiveFault[]): string {
  const { id, fault, sentence } = active;
  const kind = kindOf(fault);
  const hold = kind.hold?.(fault, kernel);
  const same = others
    .map((other) => other.fault)
    .filter((other) => hold !== undefined && kindOf(other).hold?.(other, kernel) === hold);
  kind.heal?.(fault, kernel, id, same);
  if (same.length > 0) return `Healed, but another fault does the same: ${sentence}`;
  const healed = kind.healed?.(fault, kernel) ?? '';
  const isAlike = others.some(
    (other) => other.fault.kind === fault.kind && (Array.isArray(fault.target) || other.fault.target === fault.target),
  );
  return isAlike ? `${healed.slice(0, -1)}, as far as other faults allow.` : healed;
}

/** The process or machine that a fault is done to, as an address; the user's own for one that is about no single place. */
export function placeOf(kernel: Kernel, { target }: Fault): Address {
  const name = typeof target === 'string' ? target : (target?.[0] ?? '');
  if (kernel.machines.has(name)) return `machine@${name}`;
  for (const { address, component, state } of kernel.processes.values()) {
    if (address === name || component === (COMPONENTS[name] ?? name)) return address;
    const pod = name.split('/', 2).join('/');
    if (component === 'containerd' && (state as ContainerdState).sandboxes.keysBy('pod', pod).size > 0) return address;
  }
  return 'user@outside';
}

/** Named by machine once it has begun: what runs first may be another one later. */
function settled(fault: Fault, kernel: Kernel): Fault {
  switch (fault.kind) {
    case 'component-crash':
      return { ...fault, target: processOf(targetOf(fault), kernel) };
    case 'component-slow':
      return { ...fault, target: anyProcess(targetOf(fault), kernel) };
    case 'partition':
    case 'link-latency':
    case 'message-drop': {
      const [target, to] = sidesOf(fault, kernel);
      return { ...fault, target: [...target], ...(fault.to !== undefined && { to: [...to] }) };
    }
    case 'etcd-slow-disk':
    case 'etcd-disk-loss':
      return { ...fault, target: memberOf(fault, kernel) };
    default:
      return fault;
  }
}
