import type { Table } from '../kernel/table.ts';
import type { PacketFilter } from '../network/packet-filter.ts';
import type { NodeRoute } from '../network/routes.ts';
import type { MachineConfig, Service } from './messages.ts';

export interface MachineState {
  readonly config: MachineConfig;
  booted: boolean;
  agentsStarted: boolean;
  /** What systemd keeps alive. A service that a user stopped stays stopped until started or the next boot. */
  readonly services: Record<Service, 'active' | 'stopped' | 'restarting' | 'inactive'>;
  /** The rules in the OS packet filter, as kube-proxy last wrote them; they outlive kube-proxy, not the power. */
  packetFilter: PacketFilter | null;
  packetFilterAt: number;
  /** The ways to the pods of other nodes, as kindnet has given them; they outlive kindnet, not the power. */
  readonly routes: Table<NodeRoute>;
}
