import { componentName } from '../../shared/hues.ts';
import { TEXT } from './messages.ts';
import styles from './panels.module.css';
import { Head, Lead, Section } from './parts.tsx';
import { COMPONENTS, GHOSTS } from './what-is.ts';

/** A part that this cluster does not have: what it would do, and why it is not there. */
export function Ghost({ component }: { readonly component: string }) {
  const ghost = GHOSTS[component];
  const about = COMPONENTS[component];
  return (
    <>
      <Head kicker={TEXT.ghost} title={componentName(component)} component={component}>
        {about !== undefined && (
          <Lead>
            {about.does} {about.doesNot}
          </Lead>
        )}
      </Head>
      {ghost !== undefined && (
        <>
          <Section title={TEXT.whyNotHere}>
            <p className={styles.text}>{ghost.why}</p>
          </Section>
          <Section title={TEXT.wouldDo}>
            <ul className={styles.points}>
              {ghost.would.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </Section>
        </>
      )}
    </>
  );
}
