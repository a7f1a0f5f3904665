import { useStoreApi } from '@xyflow/react';
import { memo, useEffect, useRef } from 'react';
import { onColoursChanged } from '../../shared/colours.ts';
import { REDUCED_MOTION } from '../../shared/use-media.ts';
import { mirror } from '../../store/mirror.ts';
import { playback } from '../../store/playback.ts';
import { preferences } from '../../store/preferences.ts';
import { selectMessage, view } from '../../store/view.ts';
import type { Layout } from '../layout.ts';
import styles from './MessageLayer.module.css';
import { Painter } from './painter.ts';

/** How near the pointer has to come to a dot. */
const REACH = 11;

/** Everything that moves, on one canvas over the diagram; it follows the viewport without a React render. */
export const MessageLayer = memo(function MessageLayer({ layout }: { readonly layout: Layout }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const store = useStoreApi();

  useEffect(() => {
    const element = canvas.current;
    const stage = element?.closest<HTMLElement>('.react-flow');
    if (!element || !stage) return;
    const reducedMotion = matchMedia(REDUCED_MOTION);
    const painter = new Painter(element, layout);
    let frame = 0;

    const draw = (wallMs: number): void => {
      frame = 0;
      const { transform, width, height } = store.getState();
      const goesOn = painter.paint({ transform, width, height, wallMs, isStill: reducedMotion.matches });
      if (goesOn) wake();
    };
    const wake = (): void => {
      if (frame === 0) frame = requestAnimationFrame(draw);
    };

    const onPointerMove = (event: PointerEvent): void => {
      const bounds = element.getBoundingClientRect();
      const hit = painter.hit(event.clientX - bounds.left, event.clientY - bounds.top, REACH);
      stage.style.cursor = hit === undefined ? '' : 'pointer';
      if (painter.hover(hit)) wake();
    };
    const onClick = (event: MouseEvent): void => {
      const bounds = element.getBoundingClientRect();
      const hit = painter.hit(event.clientX - bounds.left, event.clientY - bounds.top, REACH);
      if (hit === undefined) return;
      event.stopPropagation();
      selectMessage(hit);
    };
    stage.addEventListener('pointermove', onPointerMove);
    stage.addEventListener('click', onClick, { capture: true });

    const stops = [
      store.subscribe(wake),
      mirror.subscribe('in-flight', wake),
      mirror.subscribe('bound', () => {
        if (reducedMotion.matches) return;
        painter.fly(mirror.bound, performance.now());
        wake();
      }),
      playback.subscribe(wake),
      preferences.subscribe(wake),
      view.subscribe(wake),
      onColoursChanged(wake),
    ];
    wake();
    return () => {
      cancelAnimationFrame(frame);
      stage.removeEventListener('pointermove', onPointerMove);
      stage.removeEventListener('click', onClick, { capture: true });
      for (const stop of stops) stop();
    };
  }, [layout, store]);

  return <canvas ref={canvas} className={styles.layer} />;
});
