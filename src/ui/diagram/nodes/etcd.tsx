import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { hueOf } from '../../shared/hues.ts';
import { Icon } from '../../shared/icons.tsx';
import { hostOf } from '../../store/keys.ts';
import { useComponent, useMachine, useRevision } from '../../store/selectors.ts';
import { useIsLit } from '../activity.ts';
import { useDrawn, useHostName } from '../context.ts';
import type { FlowNode } from '../graph.ts';
import { TEXT } from '../messages.ts';
import { Part } from '../Part.tsx';
import { Card } from './Card.tsx';
import styles from './etcd.module.css';
import { fieldsOf, isLeading, number, useProcess } from './use-process.ts';

/** What etcd's view says of its quorum. */
interface Quorum {
  readonly voters: number;
  readonly needed: number;
  readonly inTouch: number;
}

/** etcd: the card of all its members, who are parts of their own when they are several. */
export const EtcdNode = memo(function EtcdNode(_: NodeProps<FlowNode>) {
  const { members } = useDrawn().layout;
  const process = useProcess('etcd');
  const revision = useRevision();
  const isDown = process?.running !== true;
  const view = fieldsOf(process);
  const hasLeader = members.length === 1 || isLeading(process);
  const term = number(view.term) ?? 1;
  const note = isDown ? TEXT.down : `${hasLeader ? `rev ${spaced(revision)}` : TEXT.noLeader} · term ${term}`;
  return (
    <Card part="etcd" component="etcd" title={TEXT.etcd} note={note} down={isDown} label={`etcd, ${note}`}>
      {members.length === 1 && (
        <span
          className={isDown ? `${styles.only} ${styles.member}` : `${styles.only} ${styles.member} ${styles.leads}`}
        >
          <b>{hostOf(members[0]?.id ?? '')}</b>
          <small>{isDown ? TEXT.down : `★ ${TEXT.leader}`}</small>
        </span>
      )}
      {!isDown && (
        <span className={members.length === 1 ? styles.line : `${styles.line} ${styles.foot}`}>
          {quorumText(view.quorum as Quorum | undefined, members.length)}
          {number(view.keys) !== undefined && ` · ${spaced(number(view.keys) ?? 0)} keys`}
        </span>
      )}
    </Card>
  );
});

const spaced = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ');

function quorumText(quorum: Quorum | undefined, members: number): string {
  const { voters, needed, inTouch } = quorum ?? {
    voters: members,
    needed: Math.floor(members / 2) + 1,
    inTouch: members,
  };
  const text = TEXT.quorum(needed, voters);
  return voters === 1 || quorum === undefined ? text : `${text} · ${TEXT.inTouch(inTouch)}`;
}

/** How many of a member's newest entries are drawn. */
const SHOWN_ENTRIES = 7;

interface Entry {
  readonly index: number;
  readonly label?: string;
  readonly state?: 'proposed' | 'replicated' | 'committed' | 'applied';
}

/** One member of several: its part in the group, its term, and the end of its log. */
export const MemberNode = memo(function MemberNode({ id: address }: NodeProps<FlowNode>) {
  const hostName = useHostName();
  const process = useComponent(address);
  const isLit = useIsLit(address);
  const view = fieldsOf(process);
  const isDown = process?.running !== true;
  const role = typeof view.role === 'string' ? view.role : '';
  const leads = isLeading(process);
  const term = number(view.term);
  const down = useIsRemoved(hostOf(address)) ? TEXT.removed : TEXT.down;
  const state = isDown ? down : leads ? `★ ${TEXT.leader}` : role;
  const classes = [styles.member, leads && styles.leads, isDown && styles.down, isLit && styles.lit];
  const log = !isDown && Array.isArray(view.log) ? (view.log as readonly Entry[]).slice(-SHOWN_ENTRIES) : [];
  return (
    <Part
      id={address}
      label={`${TEXT.on('etcd member', hostOf(address))}, ${isDown ? down : role}${term === undefined ? '' : `, term ${term}`}`}
      className={`${classes.filter(Boolean).join(' ')} ${role === 'candidate' || role === 'pre-candidate' ? styles.asks : ''}`}
      style={{ '--hue': hueOf('etcd') }}
    >
      <b>{hostName(hostOf(address))}</b>
      <small className={styles.how}>
        <span>{state}</span>
        {!isDown && <span>{reachOf(view)}</span>}
      </small>
      <span className={styles.log}>
        {log.map(({ index, label, state: how = 'applied' }) => (
          <i key={index} className={styles[how]} title={`${index} ${label ?? ''}: ${how}`} />
        ))}
      </span>
    </Part>
  );
});

/** In an election how many have said yes; else the last entry that it has. */
function reachOf({ election, quorum, lastIndex }: Readonly<Record<string, unknown>>): string {
  if (election !== undefined) {
    const { votes } = election as { readonly votes: Readonly<Record<string, boolean>> };
    const yes = Object.values(votes).filter(Boolean).length;
    return TEXT.votes(yes, (quorum as Quorum | undefined)?.voters ?? Object.keys(votes).length);
  }
  const last = number(lastIndex);
  return last === undefined ? '' : TEXT.hasUpTo(spaced(last));
}

/** Whether those who lead the group do not count a host's member among themselves. */
function useIsRemoved(host: string): boolean {
  const leader = useProcess('etcd');
  const members = fieldsOf(leader).members as readonly { readonly host: string }[] | undefined;
  return isLeading(leader) && members !== undefined && !members.some((member) => member.host === host);
}

/** A machine that only an etcd member runs on. */
export const EtcdMachineNode = memo(function EtcdMachineNode({ id, data: { key: name } }: NodeProps<FlowNode>) {
  const machine = useMachine(name);
  const isOn = machine?.powered !== false;
  return (
    <Part
      id={id}
      label={`Machine ${name}, ${TEXT.etcdOnly}${isOn ? '' : `, ${TEXT.noPower}`}`}
      className={isOn ? styles.machine : `${styles.machine} ${styles.dead}`}
      style={{ '--hue': hueOf('etcd') }}
    >
      <b>{name}</b>
      <small>
        {isOn ? (
          TEXT.etcdOnly
        ) : (
          <>
            <Icon name="power" size={10} /> {TEXT.off}
          </>
        )}
      </small>
    </Part>
  );
});
