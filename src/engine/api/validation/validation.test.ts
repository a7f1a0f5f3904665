import { describe, expect, test } from 'vitest';
import conversation from '../../testdata/golden/api-conversation-v1.35.json';
import refusals from '../../testdata/golden/refusals-v1.35.json';
import { decode } from '../decode.ts';
import { applyDefaults } from '../defaults/index.ts';
import type { KubernetesObject } from '../object.ts';
import { RESOURCES, type Resource, resourceAt, resourceOfKind } from '../resources.ts';
import { fieldErrorBody, invalidStatus, type Status } from '../status.ts';
import { prepareForCreate, prepareForUpdate } from '../strategies/index.ts';
import { validateCreate, validateUpdate } from './index.ts';

interface Entry {
  what?: string;
  method: string;
  path: string;
  body?: unknown;
  code: number;
  answer: Status & KubernetesObject;
}

// biome-ignore lint/suspicious/noExplicitAny: builds any object.
type Any = any;

/** What the allocators say is the API server's part; so is what a patch makes of an object. */
const ALLOCATION = /already allocated|not in the valid range|failed to allocate/;
const isValidation = ({ method, code, answer }: Entry) =>
  method === 'POST' && code === 422 && answer.details?.kind !== undefined && !ALLOCATION.test(answer.message ?? '');

function resourceOf(path: string): Resource {
  const parts = path.split('?')[0]!.split('/');
  const apiVersion = parts[1] === 'api' ? parts[2]! : `${parts[2]}/${parts[3]}`;
  return resourceAt(apiVersion, parts.at(-1)!)!;
}

/** The whole pure way of a POST. */
function create(resource: Resource, body: unknown, namespace = 'default'): KubernetesObject {
  const decoded = decode(resource, body);
  if ('status' in decoded) throw new Error(decoded.status.message);
  const { metadata } = decoded.object;
  const object = resource.namespaced ? { ...decoded.object, metadata: { ...metadata, namespace } } : decoded.object;
  return prepareForCreate(applyDefaults(object));
}

function refuse(resource: Resource, object: KubernetesObject, errors = validateCreate(object)): Status {
  return invalidStatus(resource.kind, resource.group, object.metadata.name ?? '', errors);
}

describe('refused creations of the records', () => {
  const cases = [...(refusals.requests as unknown as Entry[]), ...(conversation.steps as unknown as Entry[])].filter(
    isValidation,
  );
  test.each(
    cases.map(
      (entry, index) => [`${index + 1} of ${cases.length}: ${entry.answer.message?.slice(0, 80)}`, entry] as const,
    ),
  )('%s', (_name, { path, body, answer }) => {
    const resource = resourceOf(path);
    expect(refuse(resource, create(resource, body))).toEqual(answer);
  });
});

describe('refused updates of the record', () => {
  const steps = conversation.steps as unknown as Entry[];
  const refusedAt = (what: string) => steps.find((step) => step.what === what)!.answer;
  /** The last answer before the refusal that shows the object. */
  const storedBefore = (what: string, kind: string, name: string): Any => {
    const end = steps.findIndex((step) => step.what === what);
    return steps
      .slice(0, end)
      .findLast(({ code, answer }) => code < 300 && answer.kind === kind && answer.metadata?.name === name)!.answer;
  };
  const update = (old: Any, changed: Any) => {
    const resource = resourceOfKind(old.apiVersion, old.kind)!;
    const decoded = decode(resource, changed, { prior: old });
    if ('status' in decoded) throw new Error(decoded.status.message);
    const object = prepareForUpdate(applyDefaults(decoded.object, old), old);
    return refuse(resource, object, validateUpdate(object, old));
  };

  test('selector is immutable', () => {
    const old = storedBefore('selector is immutable', 'Deployment', 'd');
    const changed = { ...old, spec: { ...old.spec, selector: { matchLabels: { app: 'e' } } } };
    expect(update(old, changed)).toEqual(refusedAt('selector is immutable'));
  });

  test('pod spec is immutable', () => {
    const old = storedBefore('pod spec is immutable', 'Pod', 'p');
    expect(update(old, { ...old, spec: { ...old.spec, nodeName: 'x' } })).toEqual(refusedAt('pod spec is immutable'));
  });

  test('cluster IP is immutable', () => {
    const old = storedBefore('cluster IP is immutable', 'Service', 's');
    const address = '10.96.50.52';
    const changed = { ...old, spec: { ...old.spec, clusterIP: address, clusterIPs: [address] } };
    expect(update(old, changed)).toEqual(refusedAt('cluster IP is immutable'));
  });

  test('no new finalizers now', () => {
    const old = storedBefore('no new finalizers now', 'ConfigMap', 'fin');
    const metadata = { ...old.metadata, finalizers: ['example.com/hold', 'example.com/more'] };
    expect(update(old, { ...old, metadata })).toEqual(refusedAt('no new finalizers now'));
  });

  test('to ExternalName drops what was allocated', () => {
    const old = storedBefore('to ExternalName', 'Service', 's');
    const { clusterIP: _ip, clusterIPs: _ips, ...spec } = old.spec;
    const changed = { ...old, spec: { ...spec, type: 'ExternalName', externalName: 'a.example' } };
    const object = prepareForUpdate(applyDefaults(changed as KubernetesObject, old), old) as Any;
    expect(validateUpdate(object, old)).toEqual([]);
    expect(object.spec).toEqual((steps.find((step) => step.what === 'to ExternalName')!.answer as Any).spec);
  });
});

describe('sentences', () => {
  const POD = resourceOfKind('v1', 'Pod')!;
  const container = { name: 'c', image: 'x' };
  const of = (spec: Any, metadata: Any = {}) =>
    validateCreate(
      create(POD, { metadata: { name: 'p', ...metadata }, spec: { containers: [container], ...spec } }),
    ).map((error) => `${error.field}: ${fieldErrorBody(error)}`);

  test.each<[Any, string[]]>([
    [{}, []],
    [
      { containers: [{ ...container, resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }] },
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [{ containers: [container, container] }, ['spec.containers[1].name: Duplicate value: "c"']],
    [
      { containers: [{ ...container, imagePullPolicy: 'Sometimes' }] },
      [
        'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
      ],
    ],
    [
      { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    ],
    [
      { restartPolicy: 'Maybe' },
      ['spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      { tolerations: [{ key: 'a', operator: 'Equal', tolerationSeconds: 5 }] },
      ['spec.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set'],
    ],
    [
      { containers: [{ ...container, livenessProbe: {} }] },
      ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
    ],
    [
      { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] },
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      { containers: [{ ...container, env: [{ name: 'A', valueFrom: {} }] }] },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ],
    ],
    [
      { containers: [{ ...container, ports: [{ containerPort: 0 }] }] },
      ['spec.containers[0].ports[0].containerPort: Required value'],
    ],
    [
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      ],
    ],
    [
      { securityContext: { seccompProfile: { type: 'Magic', localhostProfile: 'a' }, fsGroup: -1 } },
      [
        'spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive',
        'spec.securityContext.seccompProfile.type: Unsupported value: "Magic": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
        'spec.securityContext.seccompProfile.localhostProfile: Invalid value: {"Type":"Magic","LocalhostProfile":"a"}: can only be set when seccomp type is Localhost',
      ],
    ],
    [
      {
        securityContext: {
          appArmorProfile: { type: 'Localhost' },
          fsGroupChangePolicy: 'Never',
          supplementalGroupsPolicy: 'Strict',
          seLinuxChangePolicy: 'No',
          sysctls: [{ name: 'a b', value: '1' }],
        },
      },
      [
        'spec.securityContext.sysctls[0].name: Invalid value: "a b": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
        'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"',
        'spec.securityContext.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost',
        'spec.securityContext.seLinuxChangePolicy: Unsupported value: "No": supported values: "MountOption", "Recursive"',
      ],
    ],
    [
      {
        containers: [{ ...container, securityContext: { procMount: 'Open', seccompProfile: { type: 'Localhost' } } }],
      },
      [
        'spec.containers[0].securityContext.procMount: Unsupported value: "Open": supported values: "Default", "Unmasked"',
        'spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
      ],
    ],
  ])('%j', (spec, sentences) => {
    expect(of(spec)).toEqual(sentences);
  });

  test.each<[Any, string[]]>([
    [
      { containers: [{ ...container, image: ' x' }] },
      ['spec.containers[0].image: Invalid value: " x": must not have leading or trailing whitespace'],
    ],
    [
      { hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 80, hostPort: 81 }] }] },
      [
        'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
      ],
    ],
    [
      {
        containers: [
          {
            ...container,
            ports: [
              { containerPort: 80, hostPort: 80 },
              { containerPort: 81, hostPort: 80 },
            ],
          },
        ],
      },
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
    ],
    [
      { tolerations: [{ key: 'a', operator: 'Gt', value: '5' }] },
      ['spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"'],
    ],
    [{ dnsPolicy: 'None' }, ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
    [
      { containers: [{ ...container, lifecycle: { preStop: { sleep: { seconds: 31 } } } }] },
      [
        'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
      ],
    ],
    [
      { initContainers: [{ ...container, name: 'i', livenessProbe: { tcpSocket: { port: 1 } } }] },
      [
        'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
    [
      { containers: [{ ...container, terminationMessagePolicy: 'Never' }] },
      [
        'spec.containers[0].terminationMessagePolicy: Unsupported value: "Never": supported values: "File", "FallbackToLogsOnError"',
      ],
    ],
    [
      { ephemeralContainers: [{ name: 'd', image: 'x' }] },
      ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    ],
    [
      { nodeName: 'n', schedulingGates: [{ name: 'g' }] },
      ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    ],
  ])('%j', (spec, sentences) => {
    expect(of(spec)).toEqual(sentences);
  });

  test('a gated Pod may be narrowed, and a gate only taken away', () => {
    const old = create(POD, {
      metadata: { name: 'p' },
      spec: { containers: [container], nodeSelector: { a: 'b' }, schedulingGates: [{ name: 'g' }] },
    }) as Any;
    const sentencesOf = (spec: Any) =>
      validateUpdate({ ...old, spec: { ...old.spec, ...spec } }, old).map(
        (error) => `${error.field}: ${fieldErrorBody(error)}`,
      );
    expect(sentencesOf({ nodeSelector: { a: 'b', c: 'd' }, schedulingGates: undefined })).toEqual([]);
    expect(sentencesOf({ nodeSelector: { c: 'd' } })).toEqual([
      'spec.nodeSelector: Invalid value: {"c":"d"}: only additions are allowed (no mutations or deletions)',
    ]);
    expect(sentencesOf({ schedulingGates: [{ name: 'h' }] })).toEqual([
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'h'",
    ]);
    expect(sentencesOf({ containers: [] })).toContain(
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    );
  });

  test('labels, owners and finalizers', () => {
    expect(of({}, { labels: { 'a b': 'x', ok: '-' }, finalizers: ['mine'] })).toEqual([
      "metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "metadata.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });
});

test.each<[Any, string[]]>([
  [
    { type: 'NodePort', clusterIP: 'None', ports: [{ port: 80 }] },
    ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
  ],
  [
    {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    },
    [
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    {
      ports: [
        { name: 'a', port: 80 },
        { name: 'a', port: 81 },
      ],
    },
    ['spec.ports[1].name: Duplicate value: "a"'],
  ],
  [
    { ports: [{ port: 80, nodePort: 30080 }] },
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [{}, ['spec.ports: Required value']],
  [{ type: 'ExternalName' }, ['spec.externalName: Required value']],
  [
    { type: 'What', ports: [{ port: 80 }] },
    ['spec.type: Unsupported value: "What": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
  ],
  [
    { ports: [{ port: 80, targetPort: '80' }] },
    ['spec.ports[0].targetPort: Invalid value: "80": must contain at least one letter (a-z)'],
  ],
])('a Service with %j', (spec, sentences) => {
  const service = create(resourceOfKind('v1', 'Service')!, { metadata: { name: 's' }, spec });
  expect(validateCreate(service).map((error) => `${error.field}: ${fieldErrorBody(error)}`)).toEqual(sentences);
});

describe('other kinds', () => {
  test.each<[string, Any, string[]]>([
    [
      'LimitRange',
      { spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] } },
      [
        'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
        'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
      ],
    ],
    [
      'ResourceQuota',
      { spec: { hard: { pods: '1500m', what: '1' } } },
      [
        'spec.hard[pods]: Invalid value: "1500m": must be an integer',
        'spec.hard[what]: Invalid value: "what": must be a standard resource type or fully qualified',
        'spec.hard[what]: Invalid value: "what": must be a standard resource for quota',
      ],
    ],
    ['ResourceQuota', { spec: { hard: { 'requests.cpu': '1500m', 'count/deployments.apps': '5' } } }, []],
    [
      'Secret',
      { type: 'kubernetes.io/tls', data: {} },
      ['data[tls.crt]: Required value', 'data[tls.key]: Required value'],
    ],
    ['Secret', { type: 'constructor' }, []],
    [
      'PriorityClass',
      { value: 2_000_000_000 },
      ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    ],
    [
      'Role',
      { rules: [{ verbs: [] }] },
      [
        'rules[0].verbs: Required value: verbs must contain at least one value',
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
      ],
    ],
    [
      'DaemonSet',
      { spec: { selector: {}, template: { spec: { containers: [{ name: 'c', image: 'x' }] } } } },
      ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    ],
    [
      'Deployment',
      {
        spec: {
          template: { spec: { containers: [] } },
          strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } },
        },
      },
      [
        'spec.selector: Required value',
        'spec.template.spec.containers: Required value',
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
      ],
    ],
    [
      'Pod',
      {
        spec: {
          os: { name: 'windows' },
          hostPID: true,
          hostUsers: true,
          hostIPC: false,
          securityContext: { runAsUser: 1, sysctls: [], seLinuxOptions: {} },
          initContainers: [{ name: 'i', image: 'x', securityContext: { runAsUser: 1, runAsNonRoot: true } }],
          containers: [{ name: 'c', image: 'x', securityContext: { privileged: false, capabilities: {} } }],
        },
      },
      [
        'spec.hostUsers: Forbidden: cannot be set for a windows pod',
        'spec.hostPID: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.seLinuxOptions: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
        'spec.initContainers[0].securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
        'spec.containers[0].securityContext.capabilities: Forbidden: cannot be set for a windows pod',
        'spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod',
      ],
    ],
    [
      'Pod',
      {
        spec: {
          os: { name: 'linux' },
          securityContext: { windowsOptions: {} },
          containers: [{ name: 'c', image: 'x', securityContext: { windowsOptions: {} } }],
        },
      },
      [
        'spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
        'spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
      ],
    ],
    [
      'Pod',
      { spec: { os: { name: 'plan9' }, containers: [{ name: 'c', image: 'x' }] } },
      ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
    ],
    [
      'Pod',
      {
        spec: {
          hostNetwork: true,
          hostIPC: true,
          securityContext: {
            sysctls: [
              'net.core.somaxconn',
              'net/ipv4/conf/eth0.1/forwarding',
              'kernel.shm_rmid_forced',
              'vm.swappiness',
            ].map((name) => ({ name, value: '1' })),
          },
          containers: [{ name: 'c', image: 'x' }],
        },
      },
      [
        `spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when 'hostNetwork' is true`,
        `spec.securityContext.sysctls[1].name: Invalid value: "net/ipv4/conf/eth0.1/forwarding": may not be specified when 'hostNetwork' is true`,
        `spec.securityContext.sysctls[2].name: Invalid value: "kernel.shm_rmid_forced": may not be specified when 'hostIPC' is true`,
      ],
    ],
    [
      'Pod',
      {
        spec: {
          containers: [
            { name: 'c', image: 'x', resources: { limits: { 'hugepages-2Mi': '3Mi' } } },
            { name: 'd', image: 'x', resources: { requests: { 'hugepages-2Mi': '4Mi', cpu: '1' } } },
            { name: 'e', image: 'x', resources: { limits: { 'hugepages-1Gi': '1Gi', memory: '1Gi' } } },
          ],
        },
      },
      [
        'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
        'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
        'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
        'spec.containers[1].resources.limits: Required value: Limit must be set for non overcommitable resources',
      ],
    ],
    [
      'Node',
      { spec: { taints: [{ key: 'a', effect: 'Go' }] } },
      [
        'spec.taints[0].effect: Unsupported value: "Go": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
  ])('%s %j', (kind, body, sentences) => {
    const object = create(RESOURCES.find((resource) => resource.kind === kind)!, { metadata: { name: 'x' }, ...body });
    expect(validateCreate(object).map((error) => `${error.field}: ${fieldErrorBody(error)}`)).toEqual(sentences);
  });
});

test('a status update looks only at the status', () => {
  const old = create(resourceOfKind('v1', 'Pod')!, {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'x' }] },
  }) as Any;
  const changed = { ...old, status: { ...old.status, podIPs: [{ ip: 'nowhere' }] } };
  expect(validateUpdate(changed, old, 'status').map(({ field }) => field)).toEqual(['status.podIPs[0]']);
});
