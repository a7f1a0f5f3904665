import { createContext, useContext } from 'react';
import type { Layout, MachineBox } from './layout.ts';
import { shortHost, tinyHost } from './short-host.ts';
import type { Structure } from './structure.ts';

interface Drawn {
  readonly layout: Layout;
  readonly structure: Structure;
}

/** The layout that is drawn: flow nodes find their own boxes in it. */
export const DrawnContext = createContext<Drawn | null>(null);

export function useDrawn(): Drawn {
  const drawn = useContext(DrawnContext);
  if (drawn === null) throw new Error('This part is drawn outside a diagram.');
  return drawn;
}

/** Narrower than this, names of machines are abbreviated. */
const ROOMY_WIDTH = 640;

/** How a machine is named inside the parts of the control plane: in few letters where there is little room. */
export function useHostName(): (name: string) => string {
  return useDrawn().layout.width < ROOMY_WIDTH ? tinyHost : shortHost;
}

export function useMachineBox(name: string): MachineBox | undefined {
  return useDrawn().layout.machines.find((box) => box.name === name);
}
