import type { Pod, PriorityClass } from '../../api/generated/types.ts';
import { resourceOfBareKind } from '../../api/resources.ts';
import { extended } from '../../api/share.ts';
import { forbidden } from '../../api/status.ts';
import { current, spokenName } from '../server.ts';
import type { Plugin } from './plugin.ts';

const CLASSES = '/registry/priorityclasses/';

/**
 * A pod's priority is that of its class, or of the default class.
 * Source: plugin/pkg/admission/priority/admission.go
 */
export const priority: Plugin = (handling, verb, object) => {
  if (object.kind !== 'Pod' || verb !== 'create' || handling.info.subresource !== '') return { object };
  const pod = object as Pod;
  const { objects } = handling.state;
  const { priorityClassName } = pod.spec;
  const refuse = (detail: string) => ({ status: forbidden(PODS, spokenName(pod), detail) });
  let found: PriorityClass | undefined;
  if (priorityClassName) {
    found = current(handling, CLASSES + priorityClassName) as PriorityClass | undefined;
    if (found === undefined) return refuse(`no PriorityClass with name ${priorityClassName} was found`);
  } else {
    for (const key of objects.keysBy('collection', CLASSES)) {
      const candidate = objects.get(key) as PriorityClass;
      if (candidate.globalDefault && (found === undefined || candidate.value < found.value)) found = candidate;
    }
  }
  const value = found?.value ?? 0;
  const preemptionPolicy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (pod.spec.priority !== undefined && pod.spec.priority !== value) {
    return refuse(
      `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  if (pod.spec.preemptionPolicy !== undefined && pod.spec.preemptionPolicy !== preemptionPolicy) {
    return refuse(
      `the string value of PreemptionPolicy (${pod.spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  }
  const spec = extended(pod.spec, { priority: value, preemptionPolicy });
  if (found !== undefined && !priorityClassName) spec.priorityClassName = found.metadata.name;
  return { object: extended(pod, { spec }) };
};

const PODS = resourceOfBareKind('Pod') as { group: string; plural: string };
