import type {
  Container,
  ContainerPort,
  EphemeralContainer,
  HTTPGetAction,
  LifecycleHandler,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
  Volume,
  VolumeProjection,
} from '../generated/types.ts';
import { roundUpToMilli } from '../quantity.ts';
import { fill, mapField, mapShared, put } from '../share.ts';

const FILE_MODE = 420;
const TOKEN_SECONDS = 3600;
const FIELD_REF = { apiVersion: 'v1' };

/**
 * Defaults of a Pod: those of its spec, and requests that follow from limits.
 * Source: pkg/apis/core/v1/defaults.go (SetDefaults_Pod)
 */
export function defaultPod(pod: Pod): Pod {
  let spec = fill(defaultPodSpec(pod.spec), { enableServiceLinks: true });
  spec = mapField(spec, 'containers', (list) => mapShared(list, withRequestsFromLimits));
  spec = mapField(spec, 'initContainers', (list) => mapShared(list, withRequestsFromLimits));
  spec = mapField(spec, 'resources', requestsFromLimits);
  return put(pod, 'spec', spec);
}

/** Templates get the defaults of a spec, but not those of a Pod. */
export function defaultPodTemplate(template: PodTemplateSpec): PodTemplateSpec {
  return template.spec === undefined ? template : put(template, 'spec', defaultPodSpec(template.spec));
}

const SPEC_DEFAULTS: Partial<PodSpec> = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  securityContext: Object.freeze({}),
};

/** Source: pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec) and the conversion of `serviceAccount` beside it */
function defaultPodSpec(given: PodSpec): PodSpec {
  let spec = fill(given, SPEC_DEFAULTS);
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined) spec = put(put(spec, 'serviceAccountName', account), 'serviceAccount', account);
  const hostNetwork = spec.hostNetwork === true;
  const container = <Any extends Container | EphemeralContainer>(value: Any) => defaultContainer(value, hostNetwork);
  spec = mapField(spec, 'volumes', (list) => mapShared(list, defaultVolume));
  spec = mapField(spec, 'initContainers', (list) => mapShared(list, container));
  spec = mapField(spec, 'containers', (list) => mapShared(list, container));
  spec = mapField(spec, 'ephemeralContainers', (list) => mapShared(list, container));
  return mapField(spec, 'overhead', roundedUp);
}

const TERMINATION_DEFAULTS: Partial<Container> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};

function defaultContainer<Any extends Container | EphemeralContainer>(given: Any, hostNetwork: boolean): Any {
  let container = given;
  if (container.imagePullPolicy === undefined)
    container = { ...container, imagePullPolicy: pullPolicyOf(container.image ?? ''), ...missing(container) };
  else container = fill<Container>(container as Container, TERMINATION_DEFAULTS) as Any;
  if (container.ports !== undefined)
    container = put(
      container,
      'ports',
      mapShared(container.ports, (port) => defaultPort(port, hostNetwork)) as Any['ports'],
    );
  if (container.env !== undefined)
    container = put(
      container,
      'env',
      mapShared(container.env, (variable) =>
        variable.valueFrom?.fieldRef === undefined
          ? variable
          : mapField(variable, 'valueFrom', (source) =>
              mapField(source, 'fieldRef', (field) => fill(field, FIELD_REF)),
            ),
      ) as Any['env'],
    );
  container = mapField(container, 'livenessProbe', defaultProbe as never);
  container = mapField(container, 'readinessProbe', defaultProbe as never);
  container = mapField(container, 'startupProbe', defaultProbe as never);
  if (container.lifecycle !== undefined)
    container = put(
      container,
      'lifecycle',
      mapField(
        mapField(container.lifecycle, 'postStart', defaultHandler),
        'preStop',
        defaultHandler,
      ) as Any['lifecycle'],
    );
  const resources = container.resources;
  if (resources?.limits === undefined && resources?.requests === undefined) return container;
  return put(
    container,
    'resources',
    mapField(mapField(resources, 'limits', roundedUp), 'requests', roundedUp) as Any['resources'],
  );
}

function missing(container: Container | EphemeralContainer): Partial<Container> {
  return {
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'File',
  };
}

/** `Always` for images whose tag is latest or missing. A digest fixes the image as well as a tag. */
function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  if (image === '' || image.includes('@')) return 'IfNotPresent';
  const colon = image.lastIndexOf(':');
  const tag = colon > image.lastIndexOf('/') ? image.slice(colon + 1) : 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultPort(port: ContainerPort, hostNetwork: boolean): ContainerPort {
  const named = fill(port, { protocol: 'TCP' });
  return hostNetwork ? fill(named, { hostPort: named.containerPort }) : named;
}

const PROBE_DEFAULTS: Partial<Probe> = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};

function defaultProbe(probe: Probe): Probe {
  return mapField(fill(probe, PROBE_DEFAULTS), 'httpGet', defaultHttpGet);
}

function defaultHandler(handler: LifecycleHandler): LifecycleHandler {
  return mapField(handler, 'httpGet', defaultHttpGet);
}

function defaultHttpGet(action: HTTPGetAction): HTTPGetAction {
  return fill(action, { path: '/', scheme: 'HTTP' });
}

function defaultVolume(volume: Volume): Volume {
  let out = volume;
  for (const key in volume) {
    switch (key as keyof Volume) {
      case 'configMap':
        out = mapField(out, 'configMap', (source) => fill(source, { defaultMode: FILE_MODE }));
        break;
      case 'secret':
        out = mapField(out, 'secret', (source) => fill(source, { defaultMode: FILE_MODE }));
        break;
      case 'downwardAPI':
        out = mapField(out, 'downwardAPI', (source) => fill(withFieldRefs(source), { defaultMode: FILE_MODE }));
        break;
      case 'projected':
        out = mapField(out, 'projected', (source) =>
          mapField(fill(source, { defaultMode: FILE_MODE }), 'sources', (list) => mapShared(list, defaultProjection)),
        );
        break;
      case 'hostPath':
        out = mapField(out, 'hostPath', (source) => fill(source, { type: '' }));
        break;
      case 'image':
        out = mapField(out, 'image', (source) => fill(source, { pullPolicy: pullPolicyOf(source.reference ?? '') }));
        break;
      case 'ephemeral':
        out = mapField(out, 'ephemeral', (source) =>
          mapField(source, 'volumeClaimTemplate', (claim) =>
            put(claim, 'spec', fill(claim.spec, { volumeMode: 'Filesystem' })),
          ),
        );
        break;
    }
  }
  // A volume with a name and nothing else is an empty directory.
  for (const key in volume) if (key !== 'name') return out;
  return { ...out, emptyDir: {} };
}

function defaultProjection(projection: VolumeProjection): VolumeProjection {
  const withToken = mapField(projection, 'serviceAccountToken', (token) =>
    fill(token, { expirationSeconds: TOKEN_SECONDS }),
  );
  return mapField(withToken, 'downwardAPI', withFieldRefs);
}

function withFieldRefs<Source extends { items?: NonNullable<NonNullable<Volume['downwardAPI']>['items']> }>(
  source: Source,
): Source {
  if (source.items === undefined) return source;
  return put(
    source,
    'items',
    mapShared(source.items, (item) => mapField(item, 'fieldRef', (field) => fill(field, FIELD_REF))),
  );
}

function withRequestsFromLimits(container: Container): Container {
  return mapField(container, 'resources', requestsFromLimits);
}

function requestsFromLimits(resources: ResourceRequirements): ResourceRequirements {
  if (resources.limits === undefined) return resources;
  return put(resources, 'requests', fill(resources.requests ?? NO_REQUESTS, resources.limits));
}

const NO_REQUESTS: Record<string, string> = {};

/** Amounts below a thousandth are not told apart. Source: SetDefaults_ResourceList */
export function roundedUp(list: Record<string, string>): Record<string, string> {
  let out: Record<string, string> | undefined;
  for (const name in list) {
    const amount = list[name] as string;
    const rounded = roundUpToMilli(amount);
    if (rounded === amount) continue;
    out ??= { ...list };
    out[name] = rounded;
  }
  return out ?? list;
}
