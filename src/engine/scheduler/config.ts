import type { Plugin } from './framework.ts';
import { PlacementVerdicts } from './placement-verdicts.ts';
import { dynamicResources } from './plugins/dynamic-resources.ts';
import { imageLocality } from './plugins/image-locality.ts';
import { interPodAffinity } from './plugins/inter-pod-affinity.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodeName } from './plugins/node-name.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { nodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable.ts';
import { podTopologySpread } from './plugins/pod-topology-spread.ts';
import { taintToleration } from './plugins/taint-toleration.ts';
import { volumeBinding, volumeRestrictions } from './plugins/volume-claims.ts';

/** KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1), the fields that are modelled. */
export interface SchedulerConfiguration {
  readonly percentageOfNodesToScore?: number;
  readonly podInitialBackoffSeconds?: number;
  readonly podMaxBackoffSeconds?: number;
  readonly profiles?: readonly ProfileConfiguration[];
}

export interface ProfileConfiguration {
  readonly schedulerName?: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins?: {
    readonly multiPoint?: PluginSet;
    readonly preFilter?: PluginSet;
    readonly filter?: PluginSet;
    readonly preScore?: PluginSet;
    readonly score?: PluginSet;
    readonly preEnqueue?: PluginSet;
  };
  readonly pluginConfig?: readonly { readonly name: string; readonly args?: object }[];
}

export interface PluginSet {
  readonly enabled?: readonly { readonly name: string; readonly weight?: number }[];
  readonly disabled?: readonly { readonly name: string }[];
}

/** One scheduler name with its plugins, ready to run; made from the configuration, never kept in a snapshot. */
export interface Profile {
  readonly schedulerName: string;
  /** 0 adapts to the number of nodes. */
  readonly percentageOfNodesToScore: number;
  readonly preFilters: readonly Plugin[];
  readonly filters: readonly Plugin[];
  readonly preScores: ReadonlySet<string>;
  readonly scores: readonly { readonly plugin: Plugin; readonly weight: number }[];
  readonly hasGates: boolean;
  readonly byName: ReadonlyMap<string, Plugin>;
  readonly verdicts: PlacementVerdicts;
}

interface DefaultPlugin {
  readonly name: string;
  readonly weight?: number;
  readonly make?: (args: object) => Plugin;
}

/**
 * In upstream's order, with upstream's weights. A plugin without `make` has nothing to decide here: two volume plugins
 * because there are no PersistentVolumes yet, the others because they act outside the cycle.
 * Source: pkg/scheduler/apis/config/v1/default_plugins.go
 */
const DEFAULT_PLUGINS: readonly DefaultPlugin[] = [
  { name: 'SchedulingGates' },
  { name: 'PrioritySort' },
  { name: 'NodeUnschedulable', make: nodeUnschedulable },
  { name: 'NodeName', make: nodeName },
  { name: 'TaintToleration', weight: 3, make: taintToleration },
  { name: 'NodeAffinity', weight: 2, make: nodeAffinity },
  { name: 'NodePorts', make: nodePorts },
  { name: 'NodeResourcesFit', weight: 1, make: nodeResourcesFit },
  { name: 'VolumeRestrictions', make: volumeRestrictions },
  { name: 'NodeVolumeLimits' },
  { name: 'VolumeBinding', make: volumeBinding },
  { name: 'VolumeZone' },
  { name: 'PodTopologySpread', weight: 2, make: podTopologySpread },
  { name: 'InterPodAffinity', weight: 2, make: interPodAffinity },
  { name: 'DynamicResources', weight: 2, make: dynamicResources },
  { name: 'DefaultPreemption' },
  { name: 'NodeResourcesBalancedAllocation', weight: 1, make: nodeResourcesBalancedAllocation },
  { name: 'ImageLocality', weight: 1, make: imageLocality },
  { name: 'DefaultBinder' },
];

const DEFAULT_SCHEDULER = 'default-scheduler';

/** Profiles of a configuration, the first being the one that the others fall back to in views. */
export function makeProfiles(configuration: SchedulerConfiguration = {}): Profile[] {
  const profiles = configuration.profiles?.length ? configuration.profiles : [{}];
  return profiles.map((profile) => makeProfile(profile, configuration.percentageOfNodesToScore ?? 0));
}

function makeProfile(profile: ProfileConfiguration, percentage: number): Profile {
  const { plugins = {}, pluginConfig = [] } = profile;
  const enabled = merged(
    DEFAULT_PLUGINS.map(({ name, weight }) => ({ name, weight })),
    plugins.multiPoint,
  );
  const byName = new Map<string, Plugin>();
  for (const { name, make } of DEFAULT_PLUGINS) {
    if (make) byName.set(name, make(pluginConfig.find((entry) => entry.name === name)?.args ?? {}));
  }
  const at = (set: PluginSet | undefined, takesPart: (plugin: Plugin) => boolean) =>
    merged(enabled, set)
      .map(({ name, weight }) => ({ plugin: byName.get(name), weight: weight || 1 }))
      .filter((entry): entry is { plugin: Plugin; weight: number } => !!entry.plugin && takesPart(entry.plugin));
  const filters = at(plugins.filter, ({ check, filter }) => !!check || !!filter).map(({ plugin }) => plugin);
  const scores = at(plugins.score, ({ score, weigh }) => !!score || !!weigh);
  return {
    schedulerName: profile.schedulerName ?? DEFAULT_SCHEDULER,
    percentageOfNodesToScore: profile.percentageOfNodesToScore ?? percentage,
    preFilters: at(plugins.preFilter, ({ preFilter }) => !!preFilter).map(({ plugin }) => plugin),
    filters,
    preScores: new Set(at(plugins.preScore, ({ preScore }) => !!preScore).map(({ plugin }) => plugin.name)),
    scores,
    hasGates: merged(enabled, plugins.preEnqueue).some(({ name }) => name === 'SchedulingGates'),
    byName,
    verdicts: new PlacementVerdicts(
      filters,
      scores.map(({ plugin }) => plugin),
    ),
  };
}

interface Enabled {
  readonly name: string;
  readonly weight?: number;
}

/**
 * Disabling takes plugins out (`*` takes all), enabling appends them or gives them another weight in their place.
 * Source: pkg/scheduler/apis/config/v1/default_plugins.go (mergePluginSet)
 */
function merged(base: readonly Enabled[], set: PluginSet | undefined): readonly Enabled[] {
  if (set === undefined) return base;
  const disabled = new Set(set.disabled?.map(({ name }) => name));
  const kept = disabled.has('*') ? [] : base.filter(({ name }) => !disabled.has(name));
  const result = kept.map((entry) => set.enabled?.find(({ name }) => name === entry.name) ?? entry);
  for (const entry of set.enabled ?? []) {
    if (!kept.some(({ name }) => name === entry.name)) result.push(entry);
  }
  return result.map((entry) => ({
    name: entry.name,
    weight: entry.weight ?? base.find(({ name }) => name === entry.name)?.weight,
  }));
}
