import { mirror } from '../../store/mirror.ts';
import { preferences } from '../../store/preferences.ts';

/** A canvas that is drawn again, not too often, when the run goes on, the theme changes or it gets another size. */
export abstract class Strip {
  protected readonly canvas: HTMLCanvasElement;
  /** In CSS pixels, as of the last drawing. */
  protected width = 0;
  #frame = 0;
  #drawnAt = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
  }

  /** Real ms between two drawings. */
  protected get everyMs(): number {
    return 33;
  }

  protected abstract paint(): void;

  /** Colours that were read from the page are not valid any more. */
  protected abstract forgetColours(): void;

  /** Draws from now on, and when what `more` subscribes to changes; the result ends it. */
  start(...more: ((redraw: () => void) => () => void)[]): () => void {
    const redraw = (): void => this.ask();
    const recolour = (): void => {
      this.forgetColours();
      this.ask();
    };
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', recolour);
    const sizes = new ResizeObserver(redraw);
    sizes.observe(this.canvas);
    // The font may come after the first drawing.
    void document.fonts.ready.then(recolour);
    const stops = [
      mirror.subscribe('record', redraw),
      mirror.subscribe('now', redraw),
      preferences.subscribe(recolour),
      ...more.map((subscribe) => subscribe(redraw)),
    ];
    this.ask();
    return () => {
      for (const stop of stops) stop();
      sizes.disconnect();
      dark.removeEventListener('change', recolour);
      cancelAnimationFrame(this.#frame);
    };
  }

  protected ask(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame((wallMs) => {
      this.#frame = 0;
      if (wallMs - this.#drawnAt < this.everyMs) {
        this.ask();
        return;
      }
      this.#drawnAt = wallMs;
      this.paint();
    });
  }

  /** Gives the canvas its size, sharp on every screen. Null when there is nothing to draw on. */
  protected fit(height: number): CanvasRenderingContext2D | null {
    const { canvas } = this;
    const ratio = devicePixelRatio;
    this.width = canvas.clientWidth;
    const [width, tall] = [Math.round(this.width * ratio), Math.round(height * ratio)];
    if (canvas.width !== width || canvas.height !== tall) {
      canvas.width = width;
      canvas.height = tall;
    }
    const context = this.width === 0 ? null : canvas.getContext('2d');
    context?.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }
}
