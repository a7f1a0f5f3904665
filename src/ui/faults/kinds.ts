import { useEffect, useState } from 'react';
import { cluster } from '../store/cluster.ts';
import type { FaultKinds } from './form.ts';

/** Asked of the engine once: they are the same for every cluster. */
let known: FaultKinds | undefined;

/** All kinds of fault; undefined for the moment until the engine has answered. */
export function useFaultKinds(): FaultKinds | undefined {
  const [kinds, setKinds] = useState(known);
  useEffect(() => {
    if (known !== undefined) return;
    void cluster()
      .query({ ask: 'faultKinds' })
      .then((answer) => {
        known = answer;
        setKinds(answer);
      });
  }, []);
  return kinds;
}
