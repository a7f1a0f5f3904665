import { createStore } from 'zustand/vanilla';

export type Theme = 'system' | 'light' | 'dark' | 'contrast' | 'projector';

export const THEMES: readonly Theme[] = ['system', 'light', 'dark', 'contrast', 'projector'];

export interface Preferences {
  readonly theme: Theme;
  readonly leftOpen: boolean;
  readonly dockOpen: boolean;
  readonly dockHeight: number;
  /** Heartbeats and other periodic traffic on the diagram. */
  readonly showPeriodic: boolean;
  readonly showMinimap: boolean;
  /** The first visit was finished or sent away. */
  readonly visited: boolean;
}

const DEFAULTS: Preferences = {
  theme: 'system',
  leftOpen: true,
  dockOpen: true,
  dockHeight: 240,
  showPeriodic: false,
  showMinimap: true,
  visited: false,
};

const ROOM_FOR_DOCK = 1080;
const STORAGE_KEY = 'orrery.preferences';

export const preferences = createStore<Preferences>(() => DEFAULTS);

/** Reads what the browser kept and keeps what changes. An embed never calls this: it stores nothing. */
export function keepPreferences(storage: () => Storage, windowHeight = Number.POSITIVE_INFINITY): void {
  // On a low screen the diagram needs the room; the panels are one click away.
  preferences.setState({ dockOpen: windowHeight >= ROOM_FOR_DOCK, ...readPreferences(storage) });
  preferences.subscribe((state) => {
    try {
      storage().setItem(STORAGE_KEY, JSON.stringify(state));
    } catch {
      // Storage may be forbidden (private mode, a sandboxed frame) or full; preferences then last as long as the page.
    }
  });
}

/** What of the kept preferences has the type that it should have. */
export function readPreferences(storage: () => Storage): Partial<Preferences> {
  try {
    const kept: unknown = JSON.parse(storage().getItem(STORAGE_KEY) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    const entries = Object.entries(kept).filter(([name, value]) => {
      if (!Object.hasOwn(DEFAULTS, name)) return false;
      if (name === 'theme') return THEMES.includes(value as Theme);
      return typeof value === typeof DEFAULTS[name as keyof Preferences];
    });
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}

/** Puts the theme where tokens.css looks for it. */
export function showTheme(root: HTMLElement, theme: Theme): void {
  if (theme === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', theme);
}
