import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Service } from '../api/generated/types.ts';
import { cidrContains, type ProxyNode, serviceFragments } from '../network/fragments.ts';
import { endpointChain } from './chains.ts';
import { nodeTables, portLines, probabilityText, saveText } from './iptables-save.ts';
import { DEFAULT_RULE_CONFIG, portRules, type RuleConfig } from './rules.ts';

const NODE: ProxyNode = { name: 'kind-worker', ip: '172.18.0.3', zone: '' };
const OTHER: ProxyNode = { name: 'kind-worker2', ip: '172.18.0.4', zone: '' };

function service(name: string, clusterIP: string, spec: object, status: object = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { type: 'ClusterIP', clusterIP, ...spec },
    status,
  } as Service;
}

interface Address {
  ip: string;
  node?: string;
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
  zone?: string;
}

function slice(of: string, port: string, addresses: Address[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${of}-abcde`, namespace: 'shop', labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    ports: [{ name: port, port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map(({ ip, node, ready = true, serving = ready, terminating = false, zone }) => ({
      addresses: [ip],
      conditions: { ready, serving, terminating },
      nodeName: node,
      ...(zone ? { hints: { forZones: [{ name: zone }] } } : {}),
    })),
  } as EndpointSlice;
}

const web = service('web', '10.96.20.5', { ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] });
const webSlice = slice('web', '', [{ ip: '10.244.2.5' }, { ip: '10.244.1.7' }, { ip: '10.244.2.4' }]);
const cart = service('cart', '10.96.20.6', {
  type: 'NodePort',
  sessionAffinity: 'ClientIP',
  ports: [{ name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' }],
});
const cartSlice = slice('cart', 'http', [{ ip: '10.244.1.9' }, { ip: '10.244.2.6' }]);
const empty = service('empty', '10.96.20.7', {
  type: 'NodePort',
  ports: [{ port: 80, nodePort: 30081, protocol: 'TCP' }],
});
const edge = service(
  'edge',
  '10.96.20.8',
  {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 32090,
    loadBalancerSourceRanges: ['172.18.0.0/16'],
    ports: [{ name: 'https', port: 443, nodePort: 30443, protocol: 'TCP' }],
  },
  { loadBalancer: { ingress: [{ ip: '203.0.113.10', ipMode: 'VIP' }] } },
);
const edgeSlice = slice('edge', 'https', [
  { ip: '10.244.1.9', node: 'kind-worker' },
  { ip: '10.244.2.6', node: 'kind-worker2' },
]);

function lines(of: Service, slices: EndpointSlice[], node = NODE, config: RuleConfig = DEFAULT_RULE_CONFIG): string[] {
  return serviceFragments(of, slices, node).flatMap((fragment) => [...portLines(portRules(fragment, config))]);
}

describe('iptables-save', () => {
  const ports = [
    [cart, [cartSlice]],
    [empty, []],
    [web, [webSlice]],
  ].flatMap(([of, slices]) =>
    serviceFragments(of as Service, slices as EndpointSlice[], NODE).map((fragment) =>
      portRules(fragment, DEFAULT_RULE_CONFIG),
    ),
  );
  const options = { config: DEFAULT_RULE_CONFIG, node: NODE, proxy: true, kubelet: false };
  const text = saveText(nodeTables(ports, options), 'Thu Jan  1 00:00:00 2026');

  it('prints what the kernel gave back for the worked example', () => {
    const dump = text.split('\n');
    for (const line of KERNEL_DUMP) expect(dump).toContain(line);
    const filterRules = dump.slice(0, dump.indexOf('*nat')).filter((line) => line.startsWith('-A'));
    expect(filterRules).toEqual(KERNEL_FILTER);
  });

  it('lists built-in chains first, then the others by name', () => {
    const declared = text.split('\n').filter((line) => line.startsWith(':'));
    const nat = declared.slice(declared.indexOf(':PREROUTING ACCEPT [0:0]'));
    expect(nat.slice(0, 4).map((line) => line.split(' ')[0])).toEqual([
      ':PREROUTING',
      ':INPUT',
      ':OUTPUT',
      ':POSTROUTING',
    ]);
    expect(nat.slice(4)).toEqual([...nat.slice(4)].sort());
  });

  it('prints probabilities as the kernel keeps them', () => {
    expect([2, 3, 4, 5, 6, 7, 8, 9, 10].map(probabilityText)).toEqual([
      '0.50000000000',
      '0.33333333349',
      '0.25000000000',
      '0.20000000019',
      '0.16666666651',
      '0.14285714272',
      '0.12500000000',
      '0.11111111101',
      '0.10000000009',
    ]);
  });
});

describe('policies', () => {
  it('gives a load balancer with source ranges and the Local policy its four kinds of chain', () => {
    const got = lines(edge, [edgeSlice]);
    expect(got).toContain(
      '-A KUBE-PROXY-FIREWALL -d 203.0.113.10/32 -p tcp -m comment --comment "shop/edge:https traffic not accepted by KUBE-FW-TFCKRJ4VVZESZDQY" -m tcp --dport 443 -j DROP',
    );
    expect(got.filter((line) => line.startsWith('-A KUBE-EXT-'))).toEqual([
      '-A KUBE-EXT-TFCKRJ4VVZESZDQY -s 10.244.0.0/16 -m comment --comment "pod traffic for shop/edge:https external destinations" -j KUBE-SVC-TFCKRJ4VVZESZDQY',
      '-A KUBE-EXT-TFCKRJ4VVZESZDQY -m comment --comment "masquerade LOCAL traffic for shop/edge:https external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
      '-A KUBE-EXT-TFCKRJ4VVZESZDQY -m comment --comment "route LOCAL traffic for shop/edge:https external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-TFCKRJ4VVZESZDQY',
      '-A KUBE-EXT-TFCKRJ4VVZESZDQY -j KUBE-SVL-TFCKRJ4VVZESZDQY',
    ]);
    expect(got.filter((line) => line.startsWith('-A KUBE-SVL-'))).toEqual([
      '-A KUBE-SVL-TFCKRJ4VVZESZDQY -m comment --comment "shop/edge:https -> 10.244.1.9:8080" -j KUBE-SEP-DRH3LJOXOQEK643W',
    ]);
    // The node's own address is inside the range, so its hairpin through the balancer is allowed too.
    expect(got.filter((line) => line.startsWith('-A KUBE-FW-'))).toEqual([
      '-A KUBE-FW-TFCKRJ4VVZESZDQY -s 172.18.0.0/16 -m comment --comment "shop/edge:https loadbalancer IP" -j KUBE-EXT-TFCKRJ4VVZESZDQY',
      '-A KUBE-FW-TFCKRJ4VVZESZDQY -s 203.0.113.10/32 -m comment --comment "shop/edge:https loadbalancer IP" -j KUBE-EXT-TFCKRJ4VVZESZDQY',
      '-A KUBE-FW-TFCKRJ4VVZESZDQY -m comment --comment "other traffic to shop/edge:https will be dropped by KUBE-PROXY-FIREWALL"',
    ]);
  });

  it('drops outside traffic on a node without a local endpoint, but still short-cuts pods', () => {
    const got = lines(edge, [edgeSlice], { name: 'kind-worker3', ip: '172.18.0.5', zone: '' });
    expect(got.filter((line) => line.endsWith('-j DROP')).map((line) => line.split(' -m ')[0])).toEqual([
      '-A KUBE-EXTERNAL-SERVICES -d 203.0.113.10/32 -p tcp',
      '-A KUBE-EXTERNAL-SERVICES -p tcp',
      '-A KUBE-PROXY-FIREWALL -d 203.0.113.10/32 -p tcp',
    ]);
    expect(got.some((line) => line.includes('-j KUBE-SVL-'))).toBe(false);
    expect(got.some((line) => line.includes('"pod traffic for'))).toBe(true);
  });

  it('uses terminating endpoints that still serve only when no ready one is left', () => {
    const leaving = { ip: '10.244.1.7', ready: false, serving: true, terminating: true };
    const both = lines(web, [slice('web', '', [leaving, { ip: '10.244.2.4' }])]);
    expect(both.filter((line) => line.includes('DNAT'))).toHaveLength(1);
    const alone = lines(web, [slice('web', '', [leaving, { ip: '10.244.2.4', ready: false }])]);
    expect(alone.filter((line) => line.includes('DNAT'))).toEqual([
      '-A KUBE-SEP-M2ZVNS2Q7FBQTIYE -p tcp -m comment --comment "shop/web" -m tcp -j DNAT --to-destination 10.244.1.7:8080',
    ]);
  });

  it('drops inside traffic of a Local Service whose endpoints are all elsewhere', () => {
    const local = service('web', '10.96.20.5', {
      internalTrafficPolicy: 'Local',
      ports: [{ port: 80, protocol: 'TCP' }],
    });
    const there = slice('web', '', [{ ip: '10.244.2.4', node: 'kind-worker2' }]);
    expect(lines(local, [there])).toEqual([
      '-A KUBE-SERVICES -d 10.96.20.5/32 -p tcp -m comment --comment "shop/web has no local endpoints" -m tcp --dport 80 -j DROP',
    ]);
    expect(lines(local, [there], OTHER)[0]).toContain('-j KUBE-SVL-E3PXEPMWAWIUT6ZV');
  });

  it('follows zone hints only if every ready endpoint has one', () => {
    const a = { ip: '10.244.1.7', zone: 'a' };
    const b = { ip: '10.244.2.4', zone: 'b' };
    const inA = { ...NODE, zone: 'a' };
    const targets = (slices: EndpointSlice[], node: ProxyNode): number =>
      lines(web, slices, node).filter((line) => line.includes('DNAT')).length;
    expect(targets([slice('web', '', [a, b])], inA)).toBe(1);
    expect(targets([slice('web', '', [a, b])], { ...NODE, zone: 'c' })).toBe(2);
    expect(targets([slice('web', '', [a, b, { ip: '10.244.3.1' }])], inA)).toBe(3);
  });

  it('makes no rule for headless, ExternalName and foreign Services', () => {
    const labelled = {
      ...web,
      metadata: { ...web.metadata, labels: { 'service.kubernetes.io/service-proxy-name': 'x' } },
    };
    const headless = service('web', 'None', { ports: [{ port: 80 }] });
    const alias = service('web', '', { type: 'ExternalName', externalName: 'example.com' });
    for (const of of [labelled, headless, alias]) expect(lines(of as Service, [webSlice])).toEqual([]);
  });
});

describe('fragments', () => {
  it('are one object for all nodes and for all askings, where the node makes no difference', () => {
    const first = serviceFragments(cart, [cartSlice], NODE);
    expect(serviceFragments(cart, [cartSlice], OTHER)).toBe(first);
    expect(serviceFragments(edge, [edgeSlice], NODE)).not.toBe(serviceFragments(edge, [edgeSlice], OTHER));
    expect(serviceFragments(edge, [edgeSlice], NODE)).toBe(serviceFragments(edge, [edgeSlice], NODE));
  });

  it('answer per generation of slices', () => {
    const before = serviceFragments(web, [webSlice], NODE);
    const after = serviceFragments(web, [slice('web', '', [{ ip: '10.244.2.4' }])], NODE);
    expect(after[0]?.cluster).toHaveLength(1);
    expect(serviceFragments(web, [webSlice], NODE)).toBe(before);
  });
});

it('matches addresses against ranges', () => {
  expect(cidrContains('172.18.0.0/16', '172.18.255.1')).toBe(true);
  expect(cidrContains('172.18.0.0/16', '172.19.0.1')).toBe(false);
  expect(cidrContains('0.0.0.0/0', '203.0.113.1')).toBe(true);
  expect(cidrContains('172.18.0.3/32', '172.18.0.3')).toBe(true);
});

it('names endpoint chains as upstream tests do', () => {
  expect(endpointChain('ns1/svc1:p80', 'tcp', '10.180.0.1:80')).toBe('KUBE-SEP-SXIVWICOYRO3J4NJ');
});

// What iptables-save 1.8.9 (nf_tables) printed on Linux 6.18 after rules of this data had been loaded.
const KERNEL_DUMP = `
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-EXT-I5LIAMPLWKMBJ54B -m comment --comment "masquerade traffic for shop/cart:http external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-I5LIAMPLWKMBJ54B -j KUBE-SVC-I5LIAMPLWKMBJ54B
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-NODEPORTS -p tcp -m comment --comment "shop/cart:http" -m tcp --dport 30080 -j KUBE-EXT-I5LIAMPLWKMBJ54B
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-SEP-M2ZVNS2Q7FBQTIYE -s 10.244.1.7/32 -m comment --comment "shop/web" -j KUBE-MARK-MASQ
-A KUBE-SEP-M2ZVNS2Q7FBQTIYE -p tcp -m comment --comment "shop/web" -m tcp -j DNAT --to-destination 10.244.1.7:8080
-A KUBE-SEP-RTCCLJPEPT224DZ3 -s 10.244.1.9/32 -m comment --comment "shop/cart:http" -j KUBE-MARK-MASQ
-A KUBE-SEP-RTCCLJPEPT224DZ3 -p tcp -m comment --comment "shop/cart:http" -m recent --set --name KUBE-SEP-RTCCLJPEPT224DZ3 --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.244.1.9:8080
-A KUBE-SERVICES -d 10.96.20.5/32 -p tcp -m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-E3PXEPMWAWIUT6ZV
-A KUBE-SERVICES -d 10.96.20.6/32 -p tcp -m comment --comment "shop/cart:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-I5LIAMPLWKMBJ54B
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-SVC-E3PXEPMWAWIUT6ZV ! -s 10.244.0.0/16 -d 10.96.20.5/32 -p tcp -m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-E3PXEPMWAWIUT6ZV -m comment --comment "shop/web -> 10.244.1.7:8080" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-M2ZVNS2Q7FBQTIYE
-A KUBE-SVC-E3PXEPMWAWIUT6ZV -m comment --comment "shop/web -> 10.244.2.4:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-NZFUTC5EVEI35M2O
-A KUBE-SVC-E3PXEPMWAWIUT6ZV -m comment --comment "shop/web -> 10.244.2.5:8080" -j KUBE-SEP-X7AO5XPHUTJCGQPJ
-A KUBE-SVC-I5LIAMPLWKMBJ54B ! -s 10.244.0.0/16 -d 10.96.20.6/32 -p tcp -m comment --comment "shop/cart:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-I5LIAMPLWKMBJ54B -m comment --comment "shop/cart:http -> 10.244.1.9:8080" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-RTCCLJPEPT224DZ3 --mask 255.255.255.255 --rsource -j KUBE-SEP-RTCCLJPEPT224DZ3
-A KUBE-SVC-I5LIAMPLWKMBJ54B -m comment --comment "shop/cart:http -> 10.244.1.9:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-RTCCLJPEPT224DZ3
-A KUBE-SVC-I5LIAMPLWKMBJ54B -m comment --comment "shop/cart:http -> 10.244.2.6:8080" -j KUBE-SEP-UIEPZEHYB6U4XH77
`
  .trim()
  .split('\n');

const KERNEL_FILTER = `
-A INPUT -j KUBE-FIREWALL
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "shop/empty has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30081 -j REJECT --reject-with icmp-port-unreachable
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-SERVICES -d 10.96.20.7/32 -p tcp -m comment --comment "shop/empty has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
`
  .trim()
  .split('\n');
