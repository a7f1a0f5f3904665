import type { ComponentView } from '../../../../engine/door.ts';
import { TEXT } from '../messages.ts';
import { whenText } from '../numbers.ts';
import { Note, Section } from '../parts.tsx';
import styles from './component.module.css';

interface ControllerFields {
  readonly name: string;
  readonly queued?: number;
  readonly working?: readonly string[];
  readonly failing?: number;
  readonly syncs?: number;
  readonly lastSync?: { readonly key: string; readonly at: number; readonly asked: number } | null;
}

interface ManagerFields {
  readonly leading: boolean;
  readonly controllers: readonly ControllerFields[];
}

export function ControllerManager({ process }: { readonly process: ComponentView }) {
  const { leading, controllers = [] } = process.view as Partial<ManagerFields>;
  return (
    <Section title={TEXT.controllers}>
      {leading === false && <Note icon="pause">{TEXT.notLeading}</Note>}
      {controllers.length === 0 ? (
        <Note>{TEXT.noInternals}</Note>
      ) : (
        <table className={styles.controllers} aria-label={TEXT.controllers}>
          <thead>
            <tr>
              <th scope="col">{TEXT.controller}</th>
              <th scope="col">{TEXT.queued}</th>
              <th scope="col">{TEXT.failing}</th>
              <th scope="col">{TEXT.syncs}</th>
            </tr>
          </thead>
          {controllers.map((controller) => (
            <Controller key={controller.name} controller={controller} />
          ))}
        </table>
      )}
    </Section>
  );
}

function Controller({ controller }: { readonly controller: ControllerFields }) {
  const { name, queued = 0, working = [], failing = 0, syncs = 0, lastSync } = controller;
  const doing = working[0];
  return (
    <tbody>
      <tr>
        <th scope="row">{spokenName(name)}</th>
        <td className={queued > 0 ? styles.some : undefined}>{queued}</td>
        <td className={failing > 0 ? styles.some : undefined}>{failing}</td>
        <td>{syncs}</td>
      </tr>
      <tr>
        {/* Always there, so that the table does not jump when a controller begins to work. */}
        <td colSpan={4} className={styles.doing}>
          {doing !== undefined ? (
            <>
              {TEXT.workingOn} <code>{doing}</code>
            </>
          ) : lastSync ? (
            <>
              {TEXT.lastSync} {whenText(lastSync.at, TEXT.beforeStart)} <code>{lastSync.key}</code>:{' '}
              {TEXT.asked(lastSync.asked)}
            </>
          ) : (
            '–'
          )}
        </td>
      </tr>
    </tbody>
  );
}

/** `node-lifecycle-controller` is `Node lifecycle` in a table of controllers. */
function spokenName(name: string): string {
  const known = NAMES[name];
  if (known !== undefined) return known;
  const words = name.replace(/-controller$/, '').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const NAMES: Readonly<Record<string, string>> = {
  'replicaset-controller': 'ReplicaSet',
  'daemonset-controller': 'DaemonSet',
  'daemon-set-controller': 'DaemonSet',
  'endpointslice-controller': 'EndpointSlice',
  'serviceaccount-controller': 'ServiceAccount',
  'resourcequota-controller': 'ResourceQuota',
  'node-ipam-controller': 'Node IPAM',
  'root-ca-certificate-publisher-controller': 'Root CA publisher',
};
