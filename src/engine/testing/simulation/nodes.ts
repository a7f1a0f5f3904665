import type { CniState } from '../../cni/state.ts';
import type { CniAdd, CniDel, CniResult } from '../../cri/cni.ts';
import type { RunPodSandbox } from '../../cri/messages.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { hostOf, type Message } from '../../kernel/types.ts';
import type { Objects } from './objects.ts';
import { fail } from './violation.ts';

/** What happens on machines: a kubelet runs only pods that are bound to it, and no two sandboxes share an address. */
export class Nodes {
  private readonly objects: Objects;
  /** Sandbox by address of each machine, and the other way round. */
  private readonly byAddress = new Map<string, Map<string, string>>();
  private readonly asked = new Map<string, string>();

  constructor(kernel: Kernel, objects: Objects) {
    this.objects = objects;
    for (const { component, host, state } of kernel.processes.values()) {
      if (component !== 'cni') continue;
      const given = [...(state as CniState).addresses.entries()].map(([sandbox, ip]): [string, string] => [
        ip,
        sandbox,
      ]);
      this.byAddress.set(host, new Map(given));
    }
  }

  called({ from, to, body }: Message): void {
    const host = hostOf(to);
    switch (body.type) {
      case 'runPodSandbox': {
        const { uid, name } = (body as RunPodSandbox).config;
        const node = this.objects.boundTo.get(uid);
        if (node !== undefined && node !== host) fail('only the bound kubelet runs a pod', `${name} on ${host}`);
        return;
      }
      case 'cniAdd':
        this.asked.set(`${from} ${body.requestId}`, (body as CniAdd).containerId);
        return;
      case 'cniDel': {
        const { containerId } = body as CniDel;
        const given = this.byAddress.get(host);
        for (const [ip, sandbox] of given ?? []) if (sandbox === containerId) given?.delete(ip);
        return;
      }
      case 'cniResult': {
        const { ip, requestId } = body as CniResult;
        const key = `${to} ${requestId}`;
        const sandbox = this.asked.get(key);
        this.asked.delete(key);
        if (ip === undefined || sandbox === undefined) return;
        const given = this.byAddress.get(host) ?? new Map<string, string>();
        this.byAddress.set(host, given);
        const other = given.get(ip);
        if (other !== undefined && other !== sandbox) fail('no address is given twice', `${ip} on ${host}`);
        given.set(ip, sandbox);
      }
    }
  }

  /** /run is empty after a boot, and so is the list of addresses. */
  booted(host: string): void {
    this.byAddress.delete(host);
  }
}
