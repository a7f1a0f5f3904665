/** A machine's name without what all names of kind's machines have in common. */
export const shortHost = (name: string): string => name.replace(/^(etcd-)?kind-/, '');

/** The same where there is hardly any room: `cp2` for `kind-control-plane2`. */
export const tinyHost = (name: string): string => shortHost(name).replace('control-plane', 'cp');
