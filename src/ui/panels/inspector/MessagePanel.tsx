import type { MessageDetail } from '../../../worker/protocol.ts';
import { Badge } from '../../shared/Badge.tsx';
import { Icon } from '../../shared/icons.tsx';
import { durationText } from '../../shared/time.ts';
import { componentOf, splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { Effects } from './Effects.tsx';
import { TEXT } from './messages.ts';
import { whenText } from './numbers.ts';
import { Code, ComponentLink, Facts, Folded, Head, Lead, ObjectLink, Section } from './parts.tsx';
import { useAnswer } from './use-answer.ts';
import { Why } from './Why.tsx';
import { toYaml } from './yaml.ts';

/** One message: who to whom, what it says, what it carries, why it was sent and what came of it. */
export function MessagePanel({ id }: { readonly id: number }) {
  const detail = useAnswer({ ask: 'message', id });
  const message = detail?.message ?? mirror.message(id);
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
      <Effects target={id} version={message.dueAt} startsOpen={traffic === 'user'} />
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
