/** What one image does when it runs. The catalogue is a model, not the image's content. */
export interface Image {
  /** Short name: `nginx`, `registry.k8s.io/pause`. */
  readonly name: string;
  /** Compressed, as the registry transfers it and the kubelet reports it. */
  readonly sizeBytes: number;
  /** From the start of the process until it serves. */
  readonly startMs: number;
  /** Published versions: per major version the highest minor one, `1.29 0.8`. Empty: any tag exists. */
  readonly versions: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Programs, beside the entrypoint, that do what the image is for. */
  readonly programs: readonly string[];
  /** Whether it has `/bin/sh` and the usual small tools. */
  readonly hasShell: boolean;
  readonly ports: readonly number[];
  /** What answers HTTP on the ports; none: TCP only. */
  readonly http: HttpKind | undefined;
  /** Directory whose files it serves. */
  readonly docRoot: string;
  /** Exit code after SIGTERM; undefined: as process 1 it ignores the signal and waits for SIGKILL. */
  readonly onTerm: number | undefined;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** Lines written at the start; `{time}`, `{iso}`, `{version}`, `{hostname}` and `{ip}` are filled in. */
  readonly logs: readonly string[];
  /** Whom it runs as, a number or a name; undefined: root. */
  readonly user: string | undefined;
  /** The component of the cluster that this image is. */
  readonly component: string | undefined;
  /** False for the default given to images that are not in the catalogue. */
  readonly known: boolean;
}

export type HttpKind = 'files' | 'echo' | 'hello' | 'node-hello' | 'agnhost' | 'ok' | 'page' | 'health';

const MB = 1_000_000;
const MIB = 1_048_576;

export type Row = Partial<Omit<Image, 'name' | 'known' | 'sizeBytes' | 'memoryBytes'>> & { mb: number; mib?: number };

const NO_STRINGS: readonly string[] = [];

/** An image of what is special about it. */
export function make(name: string, { mb, mib = 8, ...row }: Row, known: boolean): Image {
  return {
    startMs: 100,
    versions: '',
    entrypoint: NO_STRINGS,
    cmd: NO_STRINGS,
    programs: NO_STRINGS,
    hasShell: true,
    ports: [],
    http: undefined,
    docRoot: '',
    onTerm: 0,
    cpuMillis: 1,
    logs: NO_STRINGS,
    user: undefined,
    component: undefined,
    ...row,
    name,
    sizeBytes: Math.round(mb * MB),
    memoryBytes: mib * MIB,
    known,
  };
}

// A Go program as process 1 that does not handle SIGTERM exits 2.
export const GO: Row = { mb: 12, hasShell: false, onTerm: 2, mib: 12 };

/** What an image that is not in the catalogue does: it runs until it is stopped, and not as root. */
export const UNKNOWN_IMAGE = make('', { mb: 60, mib: 24, startMs: 300, user: '65532' }, false);
