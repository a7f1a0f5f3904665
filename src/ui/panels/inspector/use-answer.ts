import { useEffect, useRef, useState } from 'react';
import type { Query, QueryAnswers } from '../../../worker/protocol.ts';
import { cluster, isConnected } from '../../store/cluster.ts';
import { mirror } from '../../store/mirror.ts';
import { useMirror } from '../../store/selectors.ts';

/** Between two times that the same question is asked. */
const EVERY_MS = 400;

/**
 * The engine's answer to a question; undefined until it is there. Asked again when `version` changes, and until the new
 * answer has come the old one is shown. What another run or branch has answered is not. `null` asks nothing.
 */
export function useAnswer<Q extends Query>(query: Q | null, version?: unknown): QueryAnswers[Q['ask']] | undefined {
  const [held, setHeld] = useState<{ readonly question: string; readonly answer: unknown }>();
  const asked = useRef({ question: '', wallMs: 0 });
  const place = useMirror('place', () => `${mirror.run}/${mirror.branch}`);
  const question = query === null ? '' : JSON.stringify({ place, query });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is a reason to ask again.
  useEffect(() => {
    if (question === '' || !isConnected()) return;
    const wait = asked.current.question === question ? asked.current.wallMs + EVERY_MS - performance.now() : 0;
    const timer = setTimeout(
      () => {
        asked.current = { question, wallMs: performance.now() };
        void cluster()
          .query((JSON.parse(question) as { readonly query: Q }).query)
          .then((answer) => {
            if (asked.current.question === question) setHeld({ question, answer });
          });
      },
      Math.max(0, wait),
    );
    return () => clearTimeout(timer);
  }, [question, version]);
  return held !== undefined && held.question === question ? (held.answer as QueryAnswers[Q['ask']]) : undefined;
}
