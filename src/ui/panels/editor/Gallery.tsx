import { EXAMPLES } from '../../examples/index.ts';
import { Button } from '../../shared/Button.tsx';
import styles from './Editor.module.css';
import { openText } from './files.ts';
import { TEXT } from './messages.ts';

const DOCUMENTATION = 'https://kubernetes.io/docs/';

/** Manifests to try; choosing one puts it into the editor. */
export function Gallery() {
  return (
    <section aria-label={TEXT.examples}>
      <ul className={styles.gallery}>
        {EXAMPLES.map(({ id, title, description, steps, page }) => (
          <li key={id} className={styles.example}>
            <div className={styles.exampleHead}>
              <b>{title}</b>
              <a href={`${DOCUMENTATION}${page}`} target="_blank" rel="noopener noreferrer">
                {TEXT.documentation}
                <span className="visually-hidden">: {title}</span>
              </a>
            </div>
            <p>{description}</p>
            <div className={styles.exampleSteps}>
              {steps.map(({ label, text }) => (
                <Button
                  key={label}
                  small
                  aria-label={label === '' ? title : `${title}: ${label}`}
                  onClick={() => openText(text, label === '' ? title : `${title}, ${label}`)}
                >
                  {label === '' ? 'Open' : label}
                </Button>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
