import { useId } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../../shared/icons.tsx';
import styles from './Guide.module.css';
import { TEXT } from './messages.ts';
import { guide } from './progress.ts';

/** A prediction: made before it is seen, judged when it was. */
export function Question({ isOver }: { readonly isOver: boolean }) {
  const answer = useStore(guide, (state) => state.answer);
  const group = useId();
  if (isOver && answer === undefined) return null;
  return (
    <fieldset className={styles.question}>
      <legend className={styles.legend}>{TEXT.question}</legend>
      {TEXT.answers.map(({ id, text, why }) => {
        const isRight = id === TEXT.rightAnswer;
        const isGuess = id === answer;
        if (isOver && !isRight && !isGuess) return null;
        return (
          <label key={id} className={styles.answer} data-verdict={isOver ? (isRight ? 'right' : 'wrong') : undefined}>
            <input
              type="radio"
              name={group}
              value={id}
              checked={isGuess}
              disabled={isOver}
              onChange={() => guide.setState({ answer: id })}
            />
            <span>
              {text}
              {isOver && (
                <span className={styles.verdict}>
                  <Icon name={isRight ? 'check' : 'close'} size={13} />{' '}
                  {isGuess && <b>{isRight ? TEXT.right : TEXT.wrong}</b>} {why}
                </span>
              )}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
