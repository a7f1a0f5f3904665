/** A machine's name without what all names of kind's machines have in common. */
export const shortHost = (name: string): string => name.replace(/^(etcd-)?kind-/, '');
