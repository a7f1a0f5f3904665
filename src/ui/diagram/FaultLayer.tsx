import { memo } from 'react';
import { TEXT } from '../faults/messages.ts';
import { Icon, type IconName } from '../shared/icons.tsx';
import { attempt } from '../store/cluster.ts';
import { useAddresses, useFaults } from '../store/selectors.ts';
import { openBreak } from '../store/view.ts';
import styles from './FaultLayer.module.css';
import { type Badge, brokenLines, partBadges } from './faults.ts';
import { svgPath } from './geometry.ts';
import type { Layout } from './layout.ts';

const ICONS: Readonly<Record<string, IconName>> = {
  partition: 'cross',
  'link-latency': 'clock',
  'message-drop': 'warning',
};

/** Faults where they are: over broken lines, and at the corner of what is broken; a press heals. */
export const FaultLayer = memo(function FaultLayer({ layout }: { readonly layout: Layout }) {
  const faults = useFaults();
  const addresses = useAddresses();
  if (faults.length === 0) return null;
  const { lines, badges } = brokenLines(layout, faults, addresses);
  const named = new Set<string>();
  return (
    <>
      <svg className={styles.lines} width={layout.width} height={layout.height} aria-hidden="true">
        {lines.map(({ edge, fault }) => (
          <path
            key={`${edge.id} ${fault.id}`}
            d={svgPath(edge.points)}
            className={`${styles.line} ${styles[fault.fault.kind] ?? ''}`}
          />
        ))}
      </svg>
      {[...badges, ...partBadges(layout, faults)].map((badge) => {
        const ids = badge.faults.map(({ id }) => id).join(' ');
        const isFirst = !named.has(ids);
        named.add(ids);
        return <BadgeButton key={`${badge.isOnLine} ${badge.id}`} badge={badge} isTabStop={isFirst} />;
      })}
    </>
  );
});

function BadgeButton({ badge, isTabStop }: { readonly badge: Badge; readonly isTabStop: boolean }) {
  const [first] = badge.faults;
  const isOne = badge.faults.length === 1;
  const label = badge.faults.map(({ sentence }) => TEXT.healOf(sentence)).join('\n');
  const icon = (badge.isOnLine && ICONS[first?.fault.kind ?? '']) || 'bolt';
  return (
    <button
      type="button"
      className={`nopan ${styles.badge}`}
      style={{ transform: `translate(${badge.at.x}px, ${badge.at.y}px) translate(-50%, -50%)` }}
      aria-label={label}
      title={label}
      tabIndex={isTabStop ? 0 : -1}
      onClick={() => {
        if (isOne) void attempt({ act: 'heal', id: first?.id ?? '' });
        else openBreak(null);
      }}
    >
      {isOne ? <Icon name={icon} size={11} /> : badge.faults.length}
    </button>
  );
}
