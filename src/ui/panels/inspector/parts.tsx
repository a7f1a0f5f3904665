import { type ReactNode, useId, useState } from 'react';
import { Badge } from '../../shared/Badge.tsx';
import { Button } from '../../shared/Button.tsx';
import { Hue } from '../../shared/Hue.tsx';
import { componentName } from '../../shared/hues.ts';
import { Icon, type IconName } from '../../shared/icons.tsx';
import { componentOf, hostOf, splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { selectComponent, selectObject } from '../../store/view.ts';
import { TEXT } from './messages.ts';
import styles from './parts.module.css';

interface HeadProps {
  readonly kicker: string;
  readonly title: string;
  readonly component?: string;
  readonly badge?: ReactNode;
  readonly children?: ReactNode;
}

/** What is shown: its name, what it is, and a plain sentence. */
export function Head({ kicker, title, component, badge, children }: HeadProps) {
  return (
    <header className={styles.head}>
      <p className={styles.kicker}>{kicker}</p>
      <div className={styles.titleRow}>
        <h2 className={styles.title}>
          {component !== undefined && <Hue component={component} />}
          <span className={styles.titleText}>{title}</span>
        </h2>
        {badge}
      </div>
      {children}
    </header>
  );
}

export function Lead({ children }: { readonly children: ReactNode }) {
  return <p className={styles.lead}>{children}</p>;
}

export function Section({
  title,
  extra,
  children,
}: {
  readonly title: string;
  readonly extra?: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.sectionHead}>
        <h3 id={id} className={styles.heading}>
          {title}
        </h3>
        {extra}
      </div>
      {children}
    </section>
  );
}

interface FoldedProps {
  readonly title: string;
  readonly startsOpen?: boolean;
  readonly children: () => ReactNode;
}

/** A section that is mostly closed at first; what is in it is made only when it is opened. */
export function Folded({ title, startsOpen = false, children }: FoldedProps) {
  const [isOpen, setOpen] = useState(startsOpen);
  const id = useId();
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>
        <button
          type="button"
          className={styles.fold}
          aria-expanded={isOpen}
          aria-controls={isOpen ? id : undefined}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'chevronDown' : 'chevronRight'} size={14} />
          {title}
        </button>
      </h3>
      {isOpen && <div id={id}>{children()}</div>}
    </section>
  );
}

export type Fact = readonly [label: string, value: ReactNode] | false | undefined;

/** Pairs of a name and a value. */
export function Facts({ rows }: { readonly rows: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {rows.map(
        (row) =>
          row && (
            <div key={row[0]} className={styles.fact}>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

export function Note({ icon, children }: { readonly icon?: IconName; readonly children: ReactNode }) {
  return (
    <p className={styles.note}>
      {icon !== undefined && <Icon name={icon} size={14} />}
      <span>{children}</span>
    </p>
  );
}

export function Warn({ children }: { readonly children: ReactNode }) {
  return (
    <p className={styles.warn}>
      <Icon name="warning" size={14} />
      <span>{children}</span>
    </p>
  );
}

/** A name that selects the object; plain text when there is no such object. */
export function ObjectLink({ of: key, children }: { readonly of: string; readonly children?: ReactNode }) {
  const text = children ?? splitKey(key).name;
  if (mirror.object(key) === undefined) return <span className={styles.name}>{text}</span>;
  return (
    <button type="button" className={styles.link} onClick={() => selectObject(key)}>
      {text}
    </button>
  );
}

/** A process by name, with its colour. `user` is no process. */
export function ComponentLink({ address, short }: { readonly address: string; readonly short?: boolean }) {
  const component = componentOf(address);
  const host = address.includes('@') ? hostOf(address) : '';
  const text = short || host === '' ? componentName(component) : `${componentName(component)} · ${host}`;
  return (
    <span className={styles.component}>
      <Hue component={component} />
      {mirror.component(address) === undefined ? (
        <span className={styles.name}>{text}</span>
      ) : (
        <button type="button" className={styles.link} onClick={() => selectComponent(address)}>
          {text}
        </button>
      )}
    </span>
  );
}

/** Names of objects, at most so many. */
export function ObjectList({ keys, limit = 40 }: { readonly keys: readonly string[]; readonly limit?: number }) {
  if (keys.length === 0) return <p className={styles.none}>{TEXT.none}</p>;
  return (
    <ul className={styles.list}>
      {keys.slice(0, limit).map((key) => (
        <li key={key}>
          <ObjectLink of={key} />
        </li>
      ))}
      {keys.length > limit && <li className={styles.none}>{TEXT.more(keys.length - limit)}</li>}
    </ul>
  );
}

/** `name=value` pairs. */
export function Chips({ of }: { readonly of: Readonly<Record<string, string>> | undefined }) {
  const entries = Object.entries(of ?? {});
  if (entries.length === 0) return <p className={styles.none}>{TEXT.none}</p>;
  return (
    <ul className={styles.chips}>
      {entries.map(([name, value]) => (
        <li key={name} className={styles.chip}>
          {value === '' ? name : `${name}=${value}`}
        </li>
      ))}
    </ul>
  );
}

/** Yes or no, said by icon and word. */
export function Sure({ is, yes, no, good = true }: { is: boolean; yes?: string; no?: string; good?: boolean }) {
  return (
    <Badge tone={is === good ? 'good' : 'bad'}>
      <Icon name={is === good ? 'check' : 'cross'} size={11} />
      {is ? (yes ?? TEXT.yes) : (no ?? TEXT.no)}
    </Badge>
  );
}

/** Text in a box of its own that scrolls, with a button to copy it. */
export function Code({ label, text }: { readonly label: string; readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  };
  return (
    <div className={styles.codeBox}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section className={styles.code} tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <Button small look="outlined" icon={isCopied ? 'check' : 'copy'} className={styles.copy} onClick={copy}>
        {isCopied ? TEXT.copied : TEXT.copy}
      </Button>
    </div>
  );
}

/** How much of something is taken. */
export function Meter({ label, share }: { readonly label: string; readonly share: number }) {
  const percent = Math.round(share * 100);
  return (
    <span className={styles.meter} role="img" aria-label={`${label}: ${percent} %`}>
      <i style={{ width: `${Math.min(100, percent)}%` }} className={percent > 90 ? styles.high : undefined} />
    </span>
  );
}
