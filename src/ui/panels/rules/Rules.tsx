import { useMemo, useState } from 'react';
import panel from '../../shared/Panel.module.css';
import { componentOf, hostOf } from '../../store/keys.ts';
import { useKeysOfKind, useMachine, useView } from '../../store/selectors.ts';
import { type Selection, selectedNode, selectObject } from '../../store/view.ts';
import { useAnswer } from '../inspector/use-answer.ts';
import { useSlowComponent } from '../inspector/use-slow.ts';
import { TEXT } from './messages.ts';
import { percentText, type ServiceRules, servicesOf } from './parse.ts';
import styles from './Rules.module.css';

/** The node that a selected thing lives on, if its rules are what one would want to see. */
function nodeOf(selection: Selection | null): string | undefined {
  if (selection?.type !== 'component') return selectedNode(selection);
  return ['kube-proxy', 'kindnet', 'machine', 'kubelet'].includes(componentOf(selection.address))
    ? hostOf(selection.address)
    : undefined;
}

type How = 'service' | 'text' | 'routes';

/** Packet filter rules and routes of one node. */
export function Rules() {
  const nodes = useKeysOfKind('Node').map((key) => key.slice('Node//'.length));
  const selected = useView((state) => nodeOf(state.selection));
  const [chosen, setChosen] = useState<string>();
  const [how, setHow] = useState<How>('service');
  const [find, setFind] = useState('');
  // Another cluster may have no node of that name.
  const wanted = [chosen, selected].find((name) => name !== undefined && nodes.includes(name));
  const node = wanted ?? nodes.find((name) => !name.includes('control-plane')) ?? nodes[0];
  return (
    <div className={panel.panel}>
      <form className={panel.filters} onSubmit={(event) => event.preventDefault()}>
        <select aria-label={TEXT.node} value={node ?? ''} onChange={(event) => setChosen(event.target.value)}>
          {nodes.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select aria-label={TEXT.view} value={how} onChange={(event) => setHow(event.target.value as How)}>
          <option value="service">{TEXT.byService}</option>
          <option value="text">{TEXT.asSaved}</option>
          <option value="routes">{TEXT.routes}</option>
        </select>
        <input
          type="search"
          aria-label={TEXT.find}
          placeholder={TEXT.findHint}
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
      </form>
      {node === undefined ? (
        <p className={panel.none}>{TEXT.noNodes}</p>
      ) : (
        <NodeRules key={node} node={node} how={how} find={find} />
      )}
    </div>
  );
}

function NodeRules({ node, how, find }: { readonly node: string; readonly how: How; readonly find: string }) {
  const proxy = useSlowComponent(`kube-proxy@${node}`);
  const machine = useMachine(node);
  const { routes = [] } = (useSlowComponent(`machine@${node}`)?.view ?? {}) as { readonly routes?: readonly string[] };
  const { lastSync } = (proxy?.view ?? {}) as { readonly lastSync?: { readonly at: number } };
  const version = `${lastSync?.at} ${machine?.powered} ${machine?.boots}`;
  const text = useAnswer({ ask: 'iptables', node }, version);
  if (machine?.powered === false) return <p className={panel.none}>{TEXT.powerOff}</p>;
  if (how === 'routes') {
    if (routes.length === 0) return <p className={panel.none}>{TEXT.noRoutes}</p>;
    return <Lines text={routes.join('\n')} find={find} label={TEXT.routes} intro={TEXT.routesIntro} />;
  }
  if (text === undefined) return null;
  if (!text.includes('-A KUBE-')) return <p className={panel.none}>{TEXT.none}</p>;
  return how === 'text' ? (
    <Lines text={text} find={find} label={TEXT.asSaved} />
  ) : (
    <ByService text={text} find={find} />
  );
}

interface LinesProps {
  readonly text: string;
  readonly find: string;
  readonly label: string;
  readonly intro?: string;
}

function Lines({ text, find, label, intro }: LinesProps) {
  const lines = text.split('\n');
  const wanted = find.toLowerCase();
  const shown = wanted === '' ? lines : lines.filter((line) => line.toLowerCase().includes(wanted));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className={panel.scroll} tabIndex={0} aria-label={label}>
      {intro !== undefined && <p className={panel.none}>{intro}</p>}
      {wanted !== '' && <p className={panel.none}>{TEXT.matching(shown.length, lines.length)}</p>}
      <pre className={styles.text}>{shown.join('\n')}</pre>
    </section>
  );
}

function ByService({ text, find }: { readonly text: string; readonly find: string }) {
  const services = useMemo(() => servicesOf(text), [text]);
  const wanted = find.toLowerCase();
  const shown =
    wanted === ''
      ? services
      : services.filter(({ name, lines }) => `${name}\n${lines.join('\n')}`.toLowerCase().includes(wanted));
  return (
    <div className={panel.scroll}>
      <p className={panel.none}>{shown.length === 0 ? TEXT.noMatch : TEXT.intro}</p>
      <ul className={styles.services}>
        {shown.map((service) => (
          <Service key={service.name} service={service} />
        ))}
      </ul>
    </div>
  );
}

function Service({ service: { name, entries, backends, lines } }: { readonly service: ServiceRules }) {
  return (
    <li className={styles.service}>
      <h3 className={styles.name}>
        <button type="button" onClick={() => selectObject(`Service/${name.replace(/:.*$/, '')}`)}>
          {name}
        </button>
      </h3>
      {entries.map(({ address, port, protocol, verdict }) => (
        <p key={`${address} ${port} ${protocol}`} className={styles.entry}>
          {TEXT.connectionsTo}{' '}
          {address === undefined ? (
            TEXT.nodePort(port, protocol)
          ) : (
            <>
              <code>{address}</code> {TEXT.port(port, protocol)}
            </>
          )}{' '}
          {verdict === 'refuse'
            ? TEXT.refused
            : verdict === 'drop'
              ? TEXT.dropped
              : backends.length === 1
                ? TEXT.goToOne
                : TEXT.goTo}
        </p>
      ))}
      {backends.length > 0 && (
        <ul className={styles.backends}>
          {backends.map(({ to, share }) => (
            <li key={to}>
              <code>{to}</code>
              {backends.length > 1 && <small>{TEXT.chance(percentText(share))}</small>}
            </li>
          ))}
        </ul>
      )}
      <details className={styles.lines}>
        <summary>
          {TEXT.showLines} ({TEXT.lines(lines.length)})
        </summary>
        <pre className={styles.text}>{lines.join('\n')}</pre>
      </details>
    </li>
  );
}
