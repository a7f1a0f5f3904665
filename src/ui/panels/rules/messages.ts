/** What the panel of packet filter rules and routes says. */
export const TEXT = {
  node: 'Node',
  view: 'How',
  byService: 'By Service',
  asSaved: 'As iptables-save prints it',
  routes: 'Routes to other nodes',
  routesIntro:
    'The ways from this node to the pods of other nodes, in its kernel. kindnet set them; they stay when it stops, and are gone after a reboot until it has run.',
  noRoutes:
    'No routes: kindnet has set none since this node was switched on, or, in a cluster of many nodes, is asked for each way.',
  find: 'Find',
  findHint: 'Service, address or chain',
  none: 'No rules: nothing has written to the kernel of this node since it was switched on.',
  noNodes: 'No node yet.',
  noMatch: 'Nothing matches.',
  lines: (count: number) => (count === 1 ? '1 rule' : `${count} rules`),
  matching: (shown: number, all: number) => `${shown} of ${all} lines`,
  intro:
    'Any connection that this node opens or passes on goes through these rules in its kernel. No process is asked.',
  connectionsTo: 'Connections to',
  port: (port: string, protocol: string) => `port ${port} (${protocol})`,
  nodePort: (port: string, protocol: string) => `any address of this node, port ${port} (${protocol})`,
  goTo: 'go to one of these, chosen at random for each connection:',
  goToOne: 'go to',
  refused: 'are refused: there is no endpoint.',
  dropped: 'are dropped: there is no endpoint on this node.',
  chance: (percent: string) => `${percent} of connections`,
  showLines: 'Its rules',
  powerOff: 'This node has no power: its kernel, and with it all rules, is gone until it boots.',
} as const;
