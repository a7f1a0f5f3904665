import type { EndpointSlice } from '../../api/generated/types.ts';
import { defineTable, type Table } from '../../kernel/table.ts';

/** A Service with a selector. */
export interface SelectedService {
  readonly selector: Readonly<Record<string, string>>;
  /** `namespace/key=value` of one pair of the selector: a pod finds its Services by its own labels. */
  readonly pair: string;
}

/** A pod of a Service, for one address family. */
export interface Member {
  readonly service: string;
  readonly pod: string;
  /** When the pod's readiness last changed, as last seen. */
  readonly trigger: string;
  /** Key of the slice that lists it. */
  readonly slice?: string;
}

export interface KnownSlice {
  readonly service: string;
  /** Address family and ports: endpoints of other ports go to other slices. */
  readonly group: string;
  readonly slice: EndpointSlice;
}

export interface EndpointSliceState {
  /** By `namespace/name`, like every key of a Service here. */
  readonly services: Table<SelectedService>;
  /** By `service pod family`. */
  readonly members: Table<Member>;
  /** The newest version of each slice, from the watch or from the answer to a write, whichever came first. */
  readonly slices: Table<KnownSlice>;
  /** Pods that changed since their Service was last looked at, by `service pod`. */
  readonly dirty: Table<{ readonly service: string; readonly pod: string }>;
  /** Services to compare from the ground up, because more than some pods may have changed. */
  readonly full: Table<true>;
  /** Services whose writes are under way. */
  readonly writing: Table<true>;
  /** Services that were looked at before: their creation is no longer what triggers a change. */
  readonly known: Table<true>;
}

const ofService = { service: (row: { readonly service: string }) => row.service };
const newServices = defineTable<SelectedService>('endpointslice/services', { pair: (service) => service.pair });
const newMembers = defineTable<Member>('endpointslice/members', ofService);
const newSlices = defineTable<KnownSlice>('endpointslice/slices', ofService);
const newDirty = defineTable<{ readonly service: string; readonly pod: string }>('endpointslice/dirty', ofService);
const newFlags = defineTable<true>('endpointslice/flags');

export function createState(): EndpointSliceState {
  return {
    services: newServices(),
    members: newMembers(),
    slices: newSlices(),
    dirty: newDirty(),
    full: newFlags(),
    writing: newFlags(),
    known: newFlags(),
  };
}

/** Forgets all but the Service itself. */
export function forgetService(state: EndpointSliceState, service: string): void {
  for (const table of [state.members, state.slices, state.dirty]) {
    for (const key of [...table.keysBy('service', service)]) table.delete(key);
  }
  state.known.delete(service);
  state.full.delete(service);
}
