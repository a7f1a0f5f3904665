import type { CniAdd, CniDel } from '../cri/cni.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { KernelBody } from '../kernel/types.ts';

/** The address book of the host-local plugin: /run/cni-ipam-state, which a reboot empties. */
export interface CniState {
  readonly boots: number;
  /** Address by sandbox. */
  readonly addresses: Table<string>;
  /** Number in the range that was given out last. */
  lastReserved: number;
}

export type CniMessage = CniAdd | CniDel | KernelBody;

export interface CniPluginConfig {
  readonly boots: number;
}

const newAddresses = defineTable<string>('cni/addresses', { ip: (ip) => ip });

export function createCni({ boots }: CniPluginConfig, disk: unknown): CniState {
  const kept = disk as CniState | undefined;
  if (kept?.boots === boots) return { ...kept };
  // The first two numbers are the network and the gateway.
  return { boots, addresses: newAddresses(), lastReserved: 1 };
}
