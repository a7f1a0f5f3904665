import type { MessageDetail } from '../../../worker/protocol.ts';
import { Badge } from '../../shared/Badge.tsx';
import { Hue } from '../../shared/Hue.tsx';
import { Icon } from '../../shared/icons.tsx';
import { durationText } from '../../shared/time.ts';
import { componentOf, splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { selectMessage } from '../../store/view.ts';
import { TEXT } from './messages.ts';
import { whenText } from './numbers.ts';
import styles from './panels.module.css';
import { Code, ComponentLink, Facts, Folded, Head, Lead, Note, ObjectLink, Section } from './parts.tsx';
import { useAnswer } from './use-answer.ts';
import { useSlowMirror } from './use-slow.ts';
import { Why } from './Why.tsx';
import { toYaml } from './yaml.ts';

/** One message: who to whom, what it says, what it carries, why it was sent and what came of it. */
export function MessagePanel({ id }: { readonly id: number }) {
  const detail = useAnswer({ ask: 'message', id });
  const message =
    detail?.message ??
    mirror.messages.find((known) => known.id === id) ??
    mirror.inFlight.find((known) => known.id === id);
  if (message === undefined) {
    return (
      <Head kicker={TEXT.message} title={`#${id}`}>
        {detail === null && <Lead>{TEXT.messageGone}</Lead>}
      </Head>
    );
  }
  const { label, from, to, sentAt, dueAt, traffic, periodic, failed, actor, objects = [] } = message;
  return (
    <>
      <Head
        kicker={TEXT.message}
        title={label}
        component={componentOf(from)}
        badge={
          failed === true && (
            <Badge tone="bad">
              <Icon name="cross" size={11} />
              {TEXT.failedMessage}
            </Badge>
          )
        }
      >
        {detail && detail.sentence !== label && <Lead>{detail.sentence}</Lead>}
      </Head>
      <Section title={TEXT.status}>
        <Facts
          rows={[
            [TEXT.from, <ComponentLink key="from" address={from} />],
            actor !== undefined && [TEXT.actor, actor],
            [TEXT.to, <ComponentLink key="to" address={to} />],
            [TEXT.kind, `${TEXT.traffic[traffic]}${periodic ? `, ${TEXT.periodic}` : ''}`],
            [TEXT.sent, whenText(sentAt, TEXT.beforeStart)],
            [TEXT.due, `${whenText(dueAt, TEXT.beforeStart)}, ${TEXT.took(durationText(dueAt - sentAt))}`],
            objects.length > 0 && [
              TEXT.about,
              objects.slice(0, 8).map((key) => (
                <div key={key}>
                  {splitKey(key).kind} <ObjectLink of={key} />
                </div>
              )),
            ],
          ]}
        />
      </Section>
      <Why target={id} />
      <Consequences of={id} />
      {detail && <Body detail={detail} />}
    </>
  );
}

function Body({ detail }: { readonly detail: MessageDetail }) {
  if (detail.body === null || detail.body === undefined) return null;
  return (
    <Folded title={TEXT.body}>
      {() => <Code label={TEXT.body} text={toYaml(detail.body, { sortKeys: false })} />}
    </Folded>
  );
}

const MAX_SHOWN = 12;

/** The other way round: messages that this one caused. */
function Consequences({ of: id }: { readonly of: number }) {
  const ids = useSlowMirror('messages', () =>
    [...mirror.messages, ...mirror.inFlight]
      .filter(({ cause, periodic }) => cause === id && !periodic)
      .slice(0, MAX_SHOWN + 1)
      .map((message) => message.id)
      .join(' '),
  );
  if (ids === '') return null;
  const all = [...mirror.messages, ...mirror.inFlight];
  const shown = [...new Set(ids.split(' '))].slice(0, MAX_SHOWN).flatMap((text) => {
    const found = all.find((message) => message.id === Number(text));
    return found === undefined ? [] : [found];
  });
  return (
    <Section title={TEXT.led}>
      <ul className={styles.plain}>
        {shown.map((message) => (
          <li key={message.id}>
            <button type="button" className={styles.message} onClick={() => selectMessage(message.id)}>
              <Hue component={componentOf(message.to)} />
              <span>
                <code>{message.label}</code> → {message.to}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {ids.split(' ').length > MAX_SHOWN && <Note>…</Note>}
    </Section>
  );
}
