import type { Container, ContainerdState, Sandbox } from './state.ts';

/** Directories that every image has. */
const STANDARD = new Set(
  '/ /bin /dev /etc /home /mnt /opt /root /run /srv /sys /tmp /usr /usr/bin /usr/local /usr/share /var /var/lib /var/log /var/run /var/www /var/www/html /usr/share/nginx /usr/share/nginx/html /usr/local/apache2 /usr/local/apache2/htdocs'.split(
    ' ',
  ),
);
/** Bytes of one file that are kept. */
const FILE_MAX = 65_536;

/** Content of a file as a process in the container sees it; undefined if there is none. */
export function readFile(state: ContainerdState, container: Container, path: string): string | undefined {
  const { root, rest } = locate(container, path);
  const written = state.files.get(root + rest);
  if (written) return written.text;
  const given = state.volumes.get(root)?.[rest.slice(1)];
  return given ?? systemFile(state, container, path);
}

/** Writes or appends; false if the directory does not exist or the volume is read-only. */
export function writeFile(
  state: ContainerdState,
  container: Container,
  path: string,
  text: string,
  append: boolean,
): boolean {
  const { root, rest, readonly } = locate(container, path);
  const directory = path.slice(0, path.lastIndexOf('/')) || '/';
  if (readonly || !isDirectory(state, container, directory)) return false;
  const before = append ? (readFile(state, container, path) ?? '') : '';
  const all = before + text;
  // A log that only grows keeps its end.
  state.files.set(root + rest, { text: all.length > FILE_MAX ? all.slice(all.length - FILE_MAX) : all });
  return true;
}

/** Removes a file or a directory with all in it; false if there was none. */
export function removePath(state: ContainerdState, container: Container, path: string): boolean {
  const { root, rest } = locate(container, path);
  return removeTree(state, root + rest);
}

/** Names in a directory; undefined if it is none. */
export function listDirectory(state: ContainerdState, container: Container, path: string): string[] | undefined {
  const { root, rest } = locate(container, path);
  const names = new Set<string>();
  for (const key of state.files.keysBy('directory', root + rest)) names.add(key.slice(key.lastIndexOf('/') + 1));
  const prefix = rest === '' ? '' : `${rest.slice(1)}/`;
  for (const name of Object.keys(state.volumes.get(root) ?? {}))
    if (name.startsWith(prefix) && name !== '') names.add(name.slice(prefix.length).split('/')[0] as string);
  const under = path === '/' ? '/' : `${path}/`;
  for (const { containerPath } of container.config.mounts)
    if (containerPath.startsWith(under)) names.add(containerPath.slice(under.length).split('/')[0] as string);
  return names.size > 0 || isDirectory(state, container, path) ? [...names] : undefined;
}

export function makeDirectory(state: ContainerdState, container: Container, path: string): void {
  const { root, rest, readonly } = locate(container, path);
  if (!readonly && !state.files.has(root + rest)) state.files.set(root + rest, {});
}

/** Root of a container's own layer, which goes with it. */
export function layerOf(containerId: string): string {
  return `/run/containerd/${containerId}`;
}

/** Removes all that was written below a path of the node. */
export function removeTree(state: ContainerdState, path: string): boolean {
  let found = state.files.delete(path) !== undefined;
  for (const key of [...state.files.keysBy('directory', path)]) found = removeTree(state, key) || found;
  return found;
}

function isDirectory(state: ContainerdState, container: Container, path: string): boolean {
  if (STANDARD.has(path) || path === container.config.workingDir) return true;
  const { root, rest, mounted } = locate(container, path);
  if (mounted && rest === '') return true;
  const row = state.files.get(root + rest);
  if (row) return row.text === undefined;
  return state.files.keysBy('directory', root + rest).size > 0;
}

// Where a path of the container lies on the node: in the mount with the longest fitting path, or in its own layer.
function locate(
  container: Container,
  path: string,
): { root: string; rest: string; mounted: boolean; readonly: boolean } {
  let best: Container['config']['mounts'][number] | undefined;
  for (const mount of container.config.mounts) {
    const at = mount.containerPath.length > 1 ? mount.containerPath.replace(/\/$/, '') : mount.containerPath;
    if ((path === at || path.startsWith(`${at}/`)) && at.length > (best?.containerPath.length ?? 0)) best = mount;
  }
  if (!best) return { root: layerOf(container.id), rest: path === '/' ? '' : path, mounted: false, readonly: false };
  const rest = path.slice(best.containerPath.replace(/\/$/, '').length);
  return { root: best.hostPath, rest, mounted: true, readonly: best.readonly };
}

function systemFile(state: ContainerdState, container: Container, path: string): string | undefined {
  if (!path.startsWith('/etc/')) return undefined;
  const sandbox = state.sandboxes.get(container.podSandboxId);
  if (!sandbox) return undefined;
  switch (path) {
    case '/etc/hostname':
      return `${sandbox.config.hostname}\n`;
    case '/etc/hosts':
      return hostsFile(state, sandbox);
    case '/etc/resolv.conf':
      return resolvConf(sandbox);
    default:
      return undefined;
  }
}

const LOCAL_HOSTS = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

/** Source: pkg/kubelet/kubelet_pods.go (ensureHostsFile) */
export function hostsFile(state: ContainerdState, sandbox: Sandbox): string {
  const { hostname, hostNetwork, domain, hosts = [] } = sandbox.config;
  const title = `# Kubernetes-managed hosts file${hostNetwork ? ' (host network)' : ''}.`;
  const names = domain ? `${hostname}.${domain}\t${hostname}` : hostname;
  const more = hosts.length > 0 ? `\n# Entries added by HostAliases.\n${hosts.join('\n')}\n` : '';
  return `${title}\n${LOCAL_HOSTS}${addressOf(state, sandbox)}\t${names}\n${more}`;
}

/** The pod's address: the node's own for pods on the host's network. */
export function addressOf(state: ContainerdState, sandbox: Sandbox): string {
  return sandbox.config.hostNetwork ? state.config.internalIP : sandbox.ip;
}

function resolvConf({ config: { dns } }: Sandbox): string {
  if (!dns) return '';
  const lines = dns.searches.length > 0 ? [`search ${dns.searches.join(' ')}`] : [];
  lines.push(...dns.servers.map((server) => `nameserver ${server}`));
  if (dns.options.length > 0) lines.push(`options ${dns.options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}
