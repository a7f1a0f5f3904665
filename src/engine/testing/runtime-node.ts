import { definition as cni } from '../cni/index.ts';
import type { ContainerConfig, PodSandboxConfig } from '../cri/messages.ts';
import { type Definitions, Kernel } from '../kernel/kernel.ts';
import type { Body, ComponentDefinition, Effect } from '../kernel/types.ts';
import { definition as machine } from '../machine/index.ts';
import type { MachineConfig } from '../machine/messages.ts';
import { definition as containerd } from '../runtime/index.ts';

/** A machine with containerd, and in place of the kubelet a component that only writes down what it is told. */
export class TestNode {
  readonly kernel: Kernel;
  readonly definitions: Definitions;
  private nextRequestId = 1;

  constructor(more: readonly ComponentDefinition[] = [], config: Partial<MachineConfig> = {}) {
    const known = [machine, containerd, cni, recorder('kubelet'), ...more] as ComponentDefinition[];
    this.definitions = Object.fromEntries(known.map((definition) => [definition.component, definition]));
    this.kernel = new Kernel(this.definitions, 1, 0);
    this.kernel.addMachine('node', { ...MACHINE, ...config });
    this.kernel.powerOn('node');
    this.advance(3000);
    this.tell({ type: 'getContainerEvents', requestId: 0 });
    this.tell({ type: 'cniConfig', subnet: '10.244.1.0/24' });
    this.advance(100);
  }

  advance(ms: number): void {
    this.kernel.advanceTo(this.kernel.now + ms);
  }

  /** Everything that the kubelet has been told, oldest first. */
  get heard(): readonly Heard[] {
    return this.kernel.state<RecorderState>('kubelet@node')?.heard ?? [];
  }

  /** Sends one message as the kubelet would. */
  tell(body: object): void {
    this.kernel.submit('kubelet@node', { type: 'say', what: body } as unknown as Body);
  }

  /** Makes one CRI call and advances until it is answered. */
  call<R extends object>(request: CriCall, maxMs = 120_000): R & Heard {
    const requestId = this.nextRequestId++;
    this.tell({ ...request, requestId });
    const until = this.kernel.now + maxMs;
    for (let steps = 0; this.kernel.now < until && steps < 100_000; steps++) {
      const answer = this.heard.find((body) => body.requestId === requestId && body.type !== 'pullProgress');
      if (answer) return answer as R & Heard;
      if (!this.kernel.deliverNext()) break;
    }
    throw new Error(`${request.type} was not answered`);
  }

  runPod(name: string, more: Partial<PodSandboxConfig> = {}): string {
    const config = { ...SANDBOX, name, hostname: name, uid: `uid-${name}`, ...more };
    return this.call<{ podSandboxId: string }>({ type: 'runPodSandbox', config }).podSandboxId;
  }

  /** Pulls, creates and starts; the id of the container. */
  run(podSandboxId: string, image: string, more: Partial<ContainerConfig> = {}): string {
    this.call({ type: 'pullImage', image });
    const config = { ...CONTAINER, image, ...more };
    const { containerId } = this.call<{ containerId: string }>({ type: 'createContainer', podSandboxId, config });
    this.call({ type: 'startContainer', containerId });
    return containerId;
  }

  /** Stops of containers so far: name, exit code and reason. */
  get stops(): string[] {
    return this.heard
      .filter((body) => body.type === 'containerEvent' && body.event === 'CONTAINER_STOPPED_EVENT')
      .map(({ container }) => container as { name: string; exitCode: number; reason: string })
      .map(({ name, exitCode, reason }) => `${name} ${exitCode} ${reason}`);
  }
}

interface CriCall {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Heard extends Body {
  readonly [field: string]: unknown;
}

interface RecorderState {
  heard: Heard[];
}

const MACHINE: MachineConfig = {
  name: 'node',
  role: 'worker',
  internalIP: '172.18.0.3',
  cpu: '8',
  memory: '16Gi',
  ephemeralStorage: '100Gi',
  pods: '110',
  apiServer: 'apiserver@kind-control-plane',
  manifests: [],
  kubeletVersion: 'v1.35.6',
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/16',
};

const SANDBOX: PodSandboxConfig = {
  name: 'web',
  namespace: 'default',
  uid: 'uid',
  attempt: 0,
  hostname: 'web',
  hostNetwork: false,
  labels: {},
  annotations: {},
  portMappings: [],
  dns: {
    servers: ['10.96.0.10'],
    searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    options: ['ndots:5'],
  },
};

const CONTAINER: ContainerConfig = {
  name: 'main',
  attempt: 0,
  image: 'nginx',
  command: [],
  args: [],
  workingDir: '',
  envs: [],
  mounts: [],
  ports: [],
  stopSignal: '',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  hash: 'h',
  linux: {
    cpuRequestMillis: 0,
    cpuLimitMillis: 0,
    memoryRequestBytes: 0,
    memoryLimitBytes: 0,
    oomScoreAdj: 0,
  },
};

/** A component that keeps what it hears, and passes on what it is asked to say to its node's runtime. */
function recorder(component: string): ComponentDefinition<RecorderState, Body> {
  return {
    component,
    create: () => ({ heard: [] }),
    step: (state, { body }, env): Effect[] => {
      if (body.type === 'say') {
        const { what } = body as unknown as { what: Body };
        return [{ effect: 'send', to: `containerd@${env.host}`, body: what }];
      }
      if (body.type !== 'start') state.heard.push(body as Heard);
      return [];
    },
  };
}
