import { TEXT } from '../app/messages.ts';

/** The cluster, drawn; takes the size of what it is in. */
export function Diagram() {
  return <div role="application" aria-label={TEXT.diagram} />;
}
