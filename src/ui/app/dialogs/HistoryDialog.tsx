import { type ChangeEvent, useId, useRef, useState } from 'react';
import type { CompareWith } from '../../../worker/protocol.ts';
import { Button } from '../../shared/Button.tsx';
import { Dialog } from '../../shared/Dialog.tsx';
import parts from '../../shared/Form.module.css';
import { clockText, durationText } from '../../shared/time.ts';
import { cluster } from '../../store/cluster.ts';
import { beginComparison } from '../../store/comparison.ts';
import { componentOf } from '../../store/keys.ts';
import { past } from '../../store/past.ts';
import { useAddresses, usePast, usePlayback } from '../../store/selectors.ts';
import { view } from '../../store/view.ts';
import { TEXT } from '../messages.ts';
import { copyLink, loadRunText, saveRun } from '../runs.ts';
import styles from './dialogs.module.css';

const close = (): void => view.setState({ dialog: null });

/** Branches of the run, what its past costs, and the run as a file or link. */
export function HistoryDialog() {
  return (
    <Dialog title={TEXT.history} closeLabel={TEXT.close} onClose={close}>
      <Branches />
      <Kept />
      <CompareWithOther />
      <AsFile />
    </Dialog>
  );
}

function Branches() {
  const known = usePast((state) => state.view);
  const newest = usePlayback((state) => state.newest);
  return (
    <section className={parts.section}>
      <h3 className={parts.heading}>{TEXT.branches}</h3>
      <p className={parts.note}>{TEXT.branchesNote}</p>
      <ul className={parts.list}>
        {known?.branches.map(({ id, name, parent, forkedAt, end, acts }) => {
          const isCurrent = id === known.current;
          const from = known.branches.find((branch) => branch.id === parent)?.name;
          return (
            <li key={id} className={parts.row}>
              <input
                className={styles.branchName}
                aria-label={TEXT.branchName(name)}
                defaultValue={name}
                maxLength={60}
                onBlur={(event) => cluster().renameBranch(id, event.currentTarget.value)}
                onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
              />
              <span className={styles.grow}>
                {TEXT.branchFacts(
                  parent === undefined ? undefined : `${from ?? TEXT.deletedBranch} ${clockText(forkedAt)}`,
                  clockText(isCurrent ? newest : end),
                  acts,
                )}
              </span>
              {isCurrent ? (
                <b>{TEXT.shownBranch}</b>
              ) : (
                <>
                  <Button small onClick={() => cluster().seek(Number.MAX_VALUE, id)}>
                    {TEXT.switchTo}
                  </Button>
                  <Button
                    small
                    look="plain"
                    icon="cross"
                    label={TEXT.deleteBranch(name)}
                    onClick={() => cluster().deleteBranch(id)}
                  />
                </>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Kept() {
  const known = usePast((state) => state.view);
  const newest = usePlayback((state) => state.newest);
  if (known === undefined) return null;
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 1 : 0);
  return (
    <p className={`${parts.note} ${parts.section}`}>
      {known.keptFrom <= 0 ? TEXT.allKept : TEXT.keptFor(durationText(newest - known.keptFrom))}{' '}
      {TEXT.keptMemory(megabytes(known.bytes), megabytes(known.limit))}
    </p>
  );
}

/** What the shown cluster can be put beside: other branches, and itself with one difference. */
function CompareWithOther() {
  const known = usePast((state) => state.view);
  const [chosen, setChosen] = useState('');
  const id = useId();
  const members = useAddresses().filter((address) => componentOf(address) === 'etcd').length;
  const others = (known?.branches ?? []).filter((branch) => branch.id !== known?.current);
  const choices: { readonly title: string; readonly what: CompareWith }[] = [
    ...others.map(({ id: branch, name }) => ({
      title: TEXT.branchNamed(name),
      what: { with: 'branch', branch } as const,
    })),
    ...[1, 3, 5]
      .filter((value) => value !== members)
      .map((value) => ({ title: TEXT.withMembers(value), what: { with: 'etcdMembers', value } as const })),
    ...[0, 1].map((value) => ({ title: TEXT.withSurge(value), what: { with: 'maxSurge', value } as const })),
    { title: TEXT.withSeed, what: { with: 'seed', value: 1 + Math.floor(Math.random() * 1e6) } },
  ];
  const choice = choices.find(({ title }) => title === chosen) ?? choices[0];
  const begin = (): void => {
    if (choice === undefined) return;
    beginComparison(choice.what, choice.title);
    past.setState({ begun: undefined });
    cluster().compare(choice.what);
    // Two diagrams need the room of the guide.
    view.setState({ dialog: null, sheet: null });
  };
  return (
    <section className={parts.section}>
      <h3 className={parts.heading}>
        <label htmlFor={id}>{TEXT.compare}</label>
      </h3>
      <p className={parts.note}>{TEXT.compareNote}</p>
      <div className={parts.row}>
        <select
          id={id}
          className={`${styles.branchName} ${styles.choice}`}
          value={choice?.title}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {choices.map(({ title }) => (
            <option key={title}>{title}</option>
          ))}
        </select>
        <Button onClick={begin}>{TEXT.compareNow}</Button>
      </div>
    </section>
  );
}

function AsFile() {
  const file = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  const onFile = async (event: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const chosen = event.currentTarget.files?.[0];
    if (chosen === undefined) return;
    close();
    await loadRunText(await chosen.text(), chosen.name);
  };
  const link = async (): Promise<void> => {
    const wrong = await copyLink();
    setSaid(wrong === undefined ? TEXT.linkCopied : TEXT.noLink(wrong));
  };
  return (
    <section className={parts.section}>
      <h3 className={parts.heading}>{TEXT.asFile}</h3>
      <p className={parts.note}>{TEXT.asFileNote}</p>
      <div className={parts.row}>
        <Button icon="save" onClick={() => void saveRun()}>
          {TEXT.saveRun}
        </Button>
        <Button icon="share" onClick={() => void link()}>
          {TEXT.copyLink}
        </Button>
        <Button onClick={() => file.current?.click()}>{TEXT.loadRun}</Button>
        <input ref={file} type="file" accept="application/json,.json" hidden onChange={(event) => void onFile(event)} />
      </div>
      <p role="status" className={parts.note}>
        {said}
      </p>
    </section>
  );
}
