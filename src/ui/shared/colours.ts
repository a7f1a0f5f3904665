/** Colours for canvases: what a token means in the theme that is shown. */
let probe: HTMLElement | undefined;
const known = new Map<string, string>();

/** The computed colour of a CSS value such as `var(--hue-etcd)`. */
export function colour(value: string): string {
  let found = known.get(value);
  if (found === undefined) {
    if (probe === undefined) {
      probe = document.createElement('i');
      probe.hidden = true;
      document.body.append(probe);
      forgetWhenThemeChanges();
    }
    probe.style.color = value;
    found = getComputedStyle(probe).color;
    known.set(value, found);
  }
  return found;
}

const listeners = new Set<() => void>();

/** Told when colours have to be read anew. */
export function onColoursChanged(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function forgetWhenThemeChanges(): void {
  const forget = (): void => {
    known.clear();
    for (const listener of listeners) listener();
  };
  new MutationObserver(forget).observe(document.documentElement, { attributeFilter: ['data-theme', 'style', 'class'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', forget);
  matchMedia('(forced-colors: active)').addEventListener('change', forget);
}
