import type { LabelSelector } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { PodShape } from './pod-shape.ts';
import {
  bothSelectors,
  compileSelector,
  type Labels,
  type Selector,
  selectorMatches,
  selectorOfLabels,
} from './selector.ts';

interface Owner {
  readonly uid: string;
  readonly selector: Selector | undefined;
}

interface NamespaceWorkloads {
  readonly services: Map<string, Labels>;
  readonly owners: Map<string, Owner>;
  version: number;
}

/** Fields of Services, ReplicaSets, StatefulSets and ReplicationControllers that spreading looks at. */
export type Workload = KubernetesObject & { readonly spec?: { readonly selector?: unknown } };

/**
 * Selectors by which pods of one workload are recognised, for the default spreading constraints.
 * Source: pkg/scheduler/framework/plugins/helper/spread.go
 */
export class Workloads {
  private readonly namespaces = new Map<string, NamespaceWorkloads>();
  private readonly selectors = new WeakMap<PodShape, { readonly version: number; readonly selector: Selector }>();

  set(workload: Workload): void {
    const { metadata, kind } = workload;
    const home = this.of(metadata.namespace ?? '');
    if (kind === 'Service') {
      const selector = workload.spec?.selector as Labels | undefined;
      if (selector === undefined) {
        if (home.services.delete(metadata.name)) home.version++;
      } else if (home.services.get(metadata.name) !== selector) {
        home.services.set(metadata.name, selector);
        home.version++;
      }
      return;
    }
    const selector =
      kind === 'ReplicationController'
        ? selectorOfLabels(workload.spec?.selector as Labels | undefined)
        : compileSelector(workload.spec?.selector as LabelSelector | undefined);
    const key = `${kind}/${metadata.name}`;
    const old = home.owners.get(key);
    if (old !== undefined && old.uid === (metadata.uid ?? '') && old.selector?.key === selector?.key) return;
    home.owners.set(key, { uid: metadata.uid ?? '', selector });
    home.version++;
  }

  delete(workload: KubernetesObject): void {
    const { metadata, kind } = workload;
    const home = this.of(metadata.namespace ?? '');
    if (kind === 'Service') home.services.delete(metadata.name);
    else home.owners.delete(`${kind}/${metadata.name}`);
    home.version++;
  }

  clear(): void {
    for (const home of this.namespaces.values()) {
      home.services.clear();
      home.owners.clear();
      home.version++;
    }
  }

  /** What all Services that select the pod and its controller ask for together; empty when there are none. */
  selectorFor(shape: PodShape): Selector {
    const home = this.of(shape.namespace);
    const known = this.selectors.get(shape);
    if (known?.version === home.version) return known.selector;
    const labels: Record<string, string> = {};
    for (const selector of home.services.values()) {
      if (selectorMatches(selectorOfLabels(selector), shape.labels)) Object.assign(labels, selector);
    }
    let selector = selectorOfLabels(labels);
    const { controller } = shape;
    const owner = controller && home.owners.get(`${controller.kind}/${controller.name}`);
    if (owner?.selector !== undefined) selector = bothSelectors(selector, owner.selector);
    this.selectors.set(shape, { version: home.version, selector });
    return selector;
  }

  private of(namespace: string): NamespaceWorkloads {
    let home = this.namespaces.get(namespace);
    if (home === undefined) {
      home = { services: new Map(), owners: new Map(), version: 0 };
      this.namespaces.set(namespace, home);
    }
    return home;
  }
}
