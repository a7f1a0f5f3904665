import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Service } from '../api/generated/types.ts';
import type { Body, ComponentDefinition } from '../kernel/types.ts';
import { send } from '../kernel/types.ts';
import type { DnsAnswer, DnsQuery } from '../network/messages.ts';
import type { ServiceRules } from '../network/packet-filter.ts';
import { TestNode } from '../testing/runtime-node.ts';

/** Knows one name. */
const coredns: ComponentDefinition<object, Body> = {
  component: 'coredns',
  create: () => ({}),
  step: (_state, { body, from }) => {
    if (body.type !== 'dnsQuery') return [];
    const { requestId, name } = body as DnsQuery;
    const known = name === 'web';
    const answer: DnsAnswer = {
      type: 'dnsAnswer',
      reply: true,
      requestId,
      rcode: known ? 'NOERROR' : 'NXDOMAIN',
      addresses: known ? ['10.96.20.5'] : [],
      ...(known && { name: 'web.default.svc.cluster.local' }),
    };
    return [send(from, answer)];
  },
};

function rules(
  name: string,
  clusterIP: string,
  protocol: 'TCP' | 'UDP',
  port: number,
  ip?: string,
): [string, ServiceRules] {
  const service = {
    metadata: { name, namespace: 'x' },
    spec: { clusterIP, ports: [{ port, protocol }] },
  } as Service;
  const slice = {
    metadata: { name, namespace: 'x' },
    addressType: 'IPv4',
    ports: [{ name: '', port, protocol }],
    endpoints: ip ? [{ addresses: [ip], nodeName: 'node', conditions: { ready: true } }] : [],
  } as EndpointSlice;
  return [`x/${name}`, { service, slices: [slice] }];
}

/** CoreDNS, a web server and their Services on one node; the script's output. */
function outputOf(script: string, ms = 20_000, dnsAddress = '10.244.1.2'): string[] {
  const node = new TestNode([coredns as ComponentDefinition]);
  const dns = node.runPod('coredns', { namespace: 'kube-system' });
  node.run(dns, 'registry.k8s.io/coredns/coredns:v1.13.1');
  node.run(node.runPod('web'), 'nginx:1.27');
  const change = {
    full: {
      config: { clusterCIDR: '', masqueradeAll: false, nodePortAddresses: [], localhostNodePorts: true },
      node: { name: 'node', ip: '172.18.0.3', zone: '' },
    },
    large: false,
    set: [
      rules('kube-dns', '10.96.0.10', 'UDP', 53, dnsAddress),
      rules('web', '10.96.20.5', 'TCP', 80, '10.244.1.3'),
      rules('empty', '10.96.20.6', 'TCP', 80),
    ],
    remove: [],
  };
  node.kernel.submit('machine@node', { type: 'iptablesRestore', requestId: 1, rules: change } as unknown as Body);
  node.advance(1000);
  const containerId = node.run(node.runPod('client'), 'busybox', { command: ['sh', '-c', script] });
  node.advance(ms);
  const { text } = node.call<{ text: string }>({ type: 'readLogs', containerId });
  return text.split('\n').slice(0, -1);
}

describe('scripts on the network', () => {
  it('reach a Service by its name: DNS, rules, endpoint', () => {
    expect(outputOf('wget -qO- http://web | grep title')).toEqual(['<title>Welcome to nginx!</title>']);
  });

  it('reach a pod of their node by its address, and themselves by their name', () => {
    expect(outputOf('curl -s 10.244.1.3 | head -n 4 | tail -n 1; nslookup client | tail -n 2 | head -n 1')).toEqual([
      '<title>Welcome to nginx!</title>',
      'Address: 10.244.1.4',
    ]);
  });

  it('are told the full name, and by curl what went wrong', () => {
    expect(outputOf('nslookup web | tail -n 3; curl http://nobody || echo $?; curl 10.96.20.6')).toEqual([
      'Name:\tweb.default.svc.cluster.local',
      'Address: 10.96.20.5',
      '',
      'curl: (6) Could not resolve host: nobody',
      '6',
      'curl: (7) Failed to connect to 10.96.20.6 port 80 after 0 ms: Could not connect to server',
    ]);
  });

  it('learn that a name does not exist', () => {
    expect(outputOf('nslookup nobody || echo failed; wget -qO- http://nobody')).toEqual([
      'Server:\t\t10.96.0.10',
      'Address:\t10.96.0.10:53',
      '',
      "** server can't find nobody: NXDOMAIN",
      '',
      'failed',
      "wget: bad address 'nobody'",
    ]);
  });

  it('learn that no name server is there', () => {
    expect(outputOf('nslookup web || echo failed; wget -qO- http://web', 30_000, '')).toEqual([
      ';; connection timed out; no servers could be reached',
      '',
      'failed',
      "wget: bad address 'web'",
    ]);
  });

  it('are refused at once without endpoints, and wait in vain for an address that nobody has', () => {
    expect(
      outputOf('date +%s; wget -qO- http://10.96.20.6; wget -qO- http://192.0.2.10; date +%s').slice(1, 3),
    ).toEqual(["wget: can't connect to remote host (10.96.20.6): Connection refused", 'wget: download timed out']);
  });

  it('also inside a command that is run in the container', () => {
    expect(outputOf('x=$(wget -qO- http://web/nothing) || echo "status $?"; echo "[$x]"')).toEqual([
      'wget: server returned error: HTTP/1.1 404',
      'status 1',
      '[]',
    ]);
  });
});
