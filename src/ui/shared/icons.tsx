import type { ReactNode } from 'react';

/** Drawn here, so that no icon font or package has to load. All on a 16 px grid, in the colour of the text. */
const SHAPES = {
  play: <path d="M4.5 2.8v10.4c0 .6.7 1 1.2.6l8-5.2a.7.7 0 0 0 0-1.2l-8-5.2a.8.8 0 0 0-1.2.6z" fill="currentColor" />,
  pause: <path d="M4 2.5h2.8v11H4zm5.2 0H12v11H9.2z" fill="currentColor" />,
  step: (
    <path
      d="M3.5 3.2v9.6c0 .6.6.9 1 .6l6.3-4.8a.8.8 0 0 0 0-1.2L4.5 2.6a.7.7 0 0 0-1 .6zM11.7 2.5h1.8v11h-1.8z"
      fill="currentColor"
    />
  ),
  idle: (
    <path
      d="M2 3.2v9.6c0 .5.6.8 1 .5l5-4v3.5c0 .5.6.8 1 .5l5.6-4.7a.8.8 0 0 0 0-1.2L9 2.7a.6.6 0 0 0-1 .5v3.5l-5-4a.6.6 0 0 0-1 .5z"
      fill="currentColor"
    />
  ),
  stepBack: (
    <path
      d="M12.5 3.2v9.6c0 .6-.6.9-1 .6L5.2 8.6a.8.8 0 0 1 0-1.2l6.3-4.8a.7.7 0 0 1 1 .6zM4.3 2.5H2.5v11h1.8z"
      fill="currentColor"
    />
  ),
  branch: <path d="M4.5 2v12M4.5 10c0-3 6.5-1.5 6.5-5M9 6.5l2-2 2 2" />,
  history: <path d="M2.5 8a5.5 5.5 0 1 0 1.8-4.1L2.5 5.5m0-3v3h3M8 5v3.3l2.2 1.3" />,
  share: <path d="M6.5 9.5l3-3M7 4.5 8.5 3a2.8 2.8 0 0 1 4 4L11 8.5M9 11.5 7.5 13a2.8 2.8 0 0 1-4-4L5 7.5" />,
  save: <path d="M8 2.5v7m-3-3 3 3 3-3M2.5 11.5v2h11v-2" />,
  close: <path d="m4 4 8 8m0-8-8 8" />,
  chevronDown: <path d="m4 6 4 4 4-4" />,
  chevronUp: <path d="m4 10 4-4 4 4" />,
  chevronLeft: <path d="M10 4 6 8l4 4" />,
  chevronRight: <path d="m6 4 4 4-4 4" />,
  bolt: <path d="M9 1.8 3.5 9h4L7 14.2 12.5 7h-4z" />,
  present: <path d="M2 3h12v8H2zm6 8v3m-3 0h6" />,
  sun: (
    <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zm0-3.5v1.2m0 10.6v1.2M1.5 8h1.2m10.6 0h1.2M3.4 3.4l.9.9m7.4 7.4.9.9m0-9.2-.9.9m-7.4 7.4-.9.9" />
  ),
  menu: <path d="M2.5 4.5h11M2.5 8h11m-11 3.5h11" />,
  guide: <path d="M3 2.5h7.5A1.5 1.5 0 0 1 12 4v9.5H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5H12M6 5.5h3" />,
  panel: <path d="M2 3h12v10H2zm0 6h12" />,
  info: <path d="M8 7.2V11m0-6.2v.4M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z" />,
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  fit: <path d="M2.5 6V2.5H6m4 0h3.5V6m0 4v3.5H10m-4 0H2.5V10" />,
  map: <path d="M2 2.5h12v11H2zm7 5.5h3.5v4H9z" />,
  heart: <path d="M1.5 8h3l1.5-3.5 3 7L10.5 8h4" />,
  clock: <path d="M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.5V8l2.3 1.6" />,
  warning: <path d="M8 2 1.5 13.5h13zm0 4.5V10m0 1.6v.4" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  cross: <path d="m4 4 8 8m0-8-8 8" />,
  power: <path d="M8 1.8v6M4.7 4a5.5 5.5 0 1 0 6.6 0" />,
  search: <path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zm3.3 7.8 3.4 3.4" />,
  copy: <path d="M5.5 5.5h8v8h-8zm-3 5v-8h8" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

/** Decoration: what it means is said by the text or label beside it. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}
