import type { ReactNode } from 'react';

/** The arrangement for a room: full screen, large type, diagram and caption only. */
export function Presenter({ diagram, caption }: { readonly diagram: ReactNode; readonly caption: ReactNode }) {
  return (
    <>
      {diagram}
      {caption}
    </>
  );
}
