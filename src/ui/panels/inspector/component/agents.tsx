import type { ComponentView } from '../../../../engine/door.ts';
import { bytesText } from '../../../shared/quantity.ts';
import { TEXT } from '../messages.ts';
import { spaced } from '../numbers.ts';
import { ComponentLink, Facts, Folded, Meter, Note, Section, Sure } from '../parts.tsx';
import styles from './component.module.css';

interface ContainerdFields {
  readonly images: readonly string[];
  readonly sandboxes: number;
  readonly containers: number;
  readonly running: number;
  /** `quarter`: quarters of the image that are here. */
  readonly pulls: readonly { readonly image: string; readonly quarter: number }[];
  readonly network: string;
  readonly memoryUsedBytes: number;
}

export function Containerd({ process }: { readonly process: ComponentView }) {
  const {
    images = [],
    sandboxes,
    containers,
    running,
    pulls = [],
    network,
    memoryUsedBytes,
  } = process.view as Partial<ContainerdFields>;
  return (
    <>
      <Section title={TEXT.status}>
        <Facts
          rows={[
            [TEXT.sandboxes, spaced(sandboxes)],
            [TEXT.containers, spaced(containers)],
            [TEXT.containersRunning, spaced(running)],
            memoryUsedBytes !== undefined && [TEXT.memoryUsed, bytesText(memoryUsedBytes)],
            network !== undefined && [TEXT.network, network],
          ]}
        />
      </Section>
      {pulls.length > 0 && (
        <Section title={TEXT.pulls}>
          {pulls.map(({ image, quarter }) => (
            <div key={image} className={styles.pull}>
              <code>{image}</code>
              <Meter label={image} share={quarter / 4} />
            </div>
          ))}
        </Section>
      )}
      <Folded title={`${TEXT.images} (${images.length})`}>{() => <CodeList lines={images} />}</Folded>
    </>
  );
}

function CodeList({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul className={styles.images}>
      {lines.map((line) => (
        <li key={line}>
          <code>{line}</code>
        </li>
      ))}
    </ul>
  );
}

export function Cni({ process }: { readonly process: ComponentView }) {
  const { addresses } = process.view as { readonly addresses?: number };
  return (
    <Section title={TEXT.status}>
      <Facts
        rows={[
          [TEXT.addresses, spaced(addresses)],
          [TEXT.installedBy, <ComponentLink key="" address={`kindnet@${process.host}`} short />],
        ]}
      />
    </Section>
  );
}

export function Kindnet({ process }: { readonly process: ComponentView }) {
  const { podCIDR, routes } = process.view as { readonly podCIDR?: string; readonly routes?: number };
  return (
    <Section title={TEXT.status}>
      <Facts
        rows={[
          [TEXT.podCIDR, podCIDR ?? '–'],
          routes !== undefined && [TEXT.routesKnown, spaced(routes)],
          routes !== undefined && [TEXT.routesKept, <ComponentLink key="" address={`machine@${process.host}`} short />],
        ]}
      />
    </Section>
  );
}

export function CoreDns({ process }: { readonly process: ComponentView }) {
  const { services, answered } = process.view as { readonly services?: number; readonly answered?: number };
  return (
    <Section title={TEXT.status}>
      <Facts
        rows={[
          [TEXT.knownServices, spaced(services)],
          [TEXT.answered, spaced(answered)],
        ]}
      />
    </Section>
  );
}

interface MachineFields {
  readonly booted: boolean;
  readonly services: Readonly<Record<string, string>>;
  readonly boots: number;
  /** As `ip route` shows them. */
  readonly routes?: readonly string[];
}

export function MachineProcess({ process }: { readonly process: ComponentView }) {
  const { booted, services = {}, boots, routes = [] } = process.view as Partial<MachineFields>;
  if (booted === undefined) return <Note>{TEXT.noInternals}</Note>;
  return (
    <>
      <Section title={TEXT.systemServices}>
        <Facts
          rows={[
            [TEXT.booted, <Sure key="" is={booted} />],
            [TEXT.boots, spaced(boots)],
            ...Object.entries(services).map(([name, state]) => [name, state] as const),
          ]}
        />
      </Section>
      {routes.length > 0 && (
        <Folded title={`${TEXT.routes} (${routes.length})`}>{() => <CodeList lines={routes} />}</Folded>
      )}
    </>
  );
}
