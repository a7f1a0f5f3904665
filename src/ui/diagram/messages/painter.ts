import type { Pod } from '../../../engine/api/generated/types.ts';
import type { MessageView } from '../../../engine/door.ts';
import { isCut } from '../../faults/sides.ts';
import { colour } from '../../shared/colours.ts';
import { hueOf } from '../../shared/hues.ts';
import { componentOf, hostOf } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { playback, virtualNow } from '../../store/playback.ts';
import { preferences } from '../../store/preferences.ts';
import { view } from '../../store/view.ts';
import { bottom, centre, type Path, type Point, pointAt, right } from '../geometry.ts';
import { KUBECTL_WIDTH, type Layout, type MachineBox } from '../layout.ts';
import { placeOf } from '../node-slots.ts';
import { isBetweenMembers } from '../parts.ts';
import { podColour } from '../pod-status.ts';
import { Routes } from '../routes.ts';
import { LABEL_HEIGHT, Labels, type Span } from './labels.ts';
import { drawPill, drawPodBox, drawShape, shapeOf } from './shapes.ts';

export interface Scene {
  /** React Flow's viewport: x, y, zoom. */
  readonly transform: readonly [number, number, number];
  readonly width: number;
  readonly height: number;
  readonly wallMs: number;
  /** Reduced motion: counts on edges in place of moving dots. */
  readonly isStill: boolean;
}

/** A pod on its way from the scheduler to its node: an afterimage of a binding, in real time. */
interface Flight {
  readonly key: string;
  readonly from: Point;
  readonly to: Point;
  readonly startWallMs: number;
}

interface Hit extends Point {
  readonly id: number;
}

const FLIGHT_WALL_MS = 650;
/** A thousand pods bound at once need not all be seen flying. */
const MAX_FLIGHTS = 24;
/** Faster than this no label can be read. */
const LABELLED_RATE = 0.12;
const MIN_LABEL_ZOOM = 0.42;
/** From the edge of a card to the middle of a label outside it. */
const BESIDE = 13;
/** Requests and answers pass each other on the right. */
const LANE = 3.5;
/** Dots get smaller when there are many. */
const MANY = 120;

/** Draws what is under way, from the mirror; knows nothing of React. */
export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #layout: Layout;
  readonly #routes: Routes;
  readonly #boxes: ReadonlyMap<string, MachineBox>;
  readonly #labels = new Labels();
  /** Below each row of the control plane's cards, from where to where there is nothing. */
  readonly #gaps: readonly (readonly [from: number, to: number])[];
  #flights: Flight[] = [];
  #hits: Hit[] = [];
  #hovered: number | undefined;
  #wasEmpty = false;

  constructor(canvas: HTMLCanvasElement, layout: Layout) {
    this.#canvas = canvas;
    this.#layout = layout;
    this.#routes = new Routes(layout);
    this.#boxes = new Map(layout.machines.map((box) => [box.name, box]));
    this.#gaps = gapsOf(layout);
  }

  /** Draws one frame; true when the next one will look different. */
  paint(scene: Scene): boolean {
    const state = playback.getState();
    const now = virtualNow(state, scene.wallMs);
    const showsPeriodic = preferences.getState().showPeriodic;
    const messages = showsPeriodic ? mirror.inFlight : mirror.inFlight.filter(({ periodic }) => !periodic);
    const isEmpty = messages.length === 0 && this.#flights.length === 0;
    // Nothing to draw where nothing was drawn: an idle cluster costs no painting.
    if (isEmpty && this.#wasEmpty) return false;
    this.#wasEmpty = isEmpty;
    const context = this.#prepare(scene);
    if (context === null) return false;
    this.#hits = [];
    if (scene.isStill) this.#paintCounts(context, scene, messages);
    else this.#paintDots(context, scene, messages, now);
    this.#paintFlights(context, scene);
    return (state.playing && messages.length > 0 && !scene.isStill) || this.#flights.length > 0;
  }

  fly(bound: readonly { readonly key: string; readonly node: string }[], wallMs: number): void {
    const scheduler = this.#layout.cards.scheduler;
    if (scheduler === undefined) return;
    for (const { key, node } of bound.slice(0, MAX_FLIGHTS - this.#flights.length)) {
      const box = this.#layout.machines.find(({ name }) => name === node);
      if (box === undefined) continue;
      this.#flights.push({ key, from: centre(scheduler), to: centre(placeOf(box, key)), startWallMs: wallMs });
    }
  }

  /** The message whose dot is nearest to a point of the screen, within reach. */
  hit(x: number, y: number, reach: number): number | undefined {
    let found: number | undefined;
    let nearest = reach;
    for (const hit of this.#hits) {
      const distance = Math.hypot(hit.x - x, hit.y - y);
      if (distance > nearest) continue;
      nearest = distance;
      found = hit.id;
    }
    return found;
  }

  /** True when another message than before is under the pointer. */
  hover(id: number | undefined): boolean {
    const isNew = id !== this.#hovered;
    this.#hovered = id;
    return isNew;
  }

  #prepare({ width, height }: Scene): CanvasRenderingContext2D | null {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== w || this.#canvas.height !== h) {
      this.#canvas.width = w;
      this.#canvas.height = h;
    }
    const context = this.#canvas.getContext('2d');
    if (context === null) return null;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }

  #paintDots(context: CanvasRenderingContext2D, scene: Scene, messages: readonly MessageView[], now: number): void {
    const [, , zoom] = scene.transform;
    const selection = view.getState().selection;
    const selected = selection?.type === 'message' ? selection.id : undefined;
    const radius = dotRadius(zoom) * (messages.length > MANY ? 0.7 : 1);
    const placed: { readonly message: MessageView; readonly at: Point; readonly hue: string }[] = [];
    for (const message of messages) {
      const path = this.#routes.between(message.from, message.to);
      if (path === undefined) continue;
      const { sentAt, dueAt, from, to } = message;
      const share = dueAt > sentAt ? (now - sentAt) / (dueAt - sentAt) : 1;
      // What does not get through comes no further than the cut.
      const reach = mirror.faults.some((fault) => isCut(fault, from, to)) ? 0.5 : 1;
      const at = toScreen(pointAt(path, share * reach, LANE), scene.transform);
      const hue = colour(hueOfMessage(message));
      const isMarked = message.id === selected || message.id === this.#hovered;
      if (isMarked) this.#paintRoute(context, scene, path, hue);
      drawShape(context, shapeOf(message), at, isMarked ? radius * 1.4 : radius, hue, message.periodic);
      this.#hits.push({ ...at, id: message.id });
      placed.push({ message, at, hue });
    }
    this.#paintLabels(context, scene, placed, selected);
  }

  #paintRoute(context: CanvasRenderingContext2D, { transform }: Scene, path: Path, hue: string): void {
    context.strokeStyle = hue;
    context.globalAlpha = 0.35;
    context.lineWidth = 5;
    context.lineJoin = 'round';
    context.beginPath();
    for (const point of path.points) {
      const { x, y } = toScreen(point, transform);
      context.lineTo(x, y);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  #paintLabels(
    context: CanvasRenderingContext2D,
    { transform, width }: Scene,
    placed: readonly { readonly message: MessageView; readonly at: Point; readonly hue: string }[],
    selected: number | undefined,
  ): void {
    const { playing, rate } = playback.getState();
    const isSlow = (!playing || rate <= LABELLED_RATE) && transform[2] >= MIN_LABEL_ZOOM;
    const isMarked = ({ id }: MessageView): boolean => id === selected || id === this.#hovered;
    const wanted = placed.filter(({ message }) => isMarked(message) || (isSlow && !message.periodic));
    const scale = labelScale(transform[2]);
    const etcd = this.#etcdCard(transform, scale);
    context.save();
    context.scale(scale, scale);
    this.#labels.draw(
      context,
      wanted.map(({ message, at, hue }) => ({
        id: message.id,
        text: labelOf(message),
        at: shrink(this.#labelPlace(message, at, transform), scale),
        hue: message.failed === true ? colour('var(--bad)') : hue,
        card: isBetweenMembers(message) ? etcd : undefined,
        isMarked: isMarked(message),
      })),
      { from: 0, to: width / scale },
    );
    context.restore();
  }

  /**
   * What kubectl says and hears stands beside its pill: along its line there is no room. What kube-proxy tells the
   * packet filter stands below the card, and what comes through a card's header above it, lest they cover the meters
   * and the name. Between members of etcd there is a lane for it.
   */
  #labelPlace(message: MessageView, at: Point, transform: Scene['transform']): Point {
    const { from, to, traffic } = message;
    const pill = this.#layout.cards.kubectl;
    if (pill !== undefined && (componentOf(from) === 'kubectl' || componentOf(to) === 'kubectl'))
      return toScreen({ x: pill.x + KUBECTL_WIDTH, y: centre(pill).y - 1 }, transform);
    for (const address of [from, to]) {
      const box = this.#boxes.get(hostOf(address));
      if (box === undefined) continue;
      const { filter, rect, agents } = box;
      if (traffic === 'packet-filter') return toScreen({ x: centre(filter).x, y: bottom(filter) + BESIDE }, transform);
      const above = toScreen({ x: 0, y: rect.y - BESIDE }, transform).y;
      if (at.y > above && at.y < toScreen(agents.kubelet, transform).y) return { x: at.x, y: above };
    }
    if (!isBetweenMembers(message)) return this.#betweenCards(at, transform);
    const lane = this.#routes.between(from, to)?.points[1];
    return lane === undefined ? at : { x: at.x, y: toScreen(lane, transform).y };
  }

  #etcdCard([tx, , zoom]: Scene['transform'], scale: number): Span | undefined {
    const card = this.#layout.cards.etcd;
    return card && { from: (card.x * zoom + tx) / scale, to: (right(card) * zoom + tx) / scale };
  }

  /** What travels among the cards of the control plane is named in the gaps between their rows, lest it cover them. */
  #betweenCards(at: Point, transform: Scene['transform']): Point {
    const [, ty, zoom] = transform;
    const { cards } = this.#layout;
    const y = (at.y - ty) / zoom;
    if (y < (cards.etcd?.y ?? y) || y > (cards.apiserver?.y ?? y)) return at;
    const half = (LABEL_HEIGHT * labelScale(zoom)) / zoom / 2;
    let nearest = Number.POSITIVE_INFINITY;
    for (const [from, to] of this.#gaps) {
      const least = Math.min(half, (to - from) / 2);
      const inside = Math.min(Math.max(y, from + least), to - least);
      if (Math.abs(inside - y) < Math.abs(nearest - y)) nearest = inside;
    }
    return Number.isFinite(nearest) ? { x: at.x, y: nearest * zoom + ty } : at;
  }

  /** Without motion: how many messages are on each edge. */
  #paintCounts(context: CanvasRenderingContext2D, scene: Scene, messages: readonly MessageView[]): void {
    const groups = new Map<string, { path: Path; hue: string; messages: MessageView[] }>();
    for (const message of messages) {
      const path = this.#routes.between(message.from, message.to);
      if (path === undefined) continue;
      const id = `${message.from} ${message.to}`;
      const group = groups.get(id);
      if (group === undefined) groups.set(id, { path, hue: colour(hueOfMessage(message)), messages: [message] });
      else group.messages.push(message);
    }
    for (const { path, hue, messages: there } of groups.values()) {
      const start = path.points[0]!;
      const end = path.points.at(-1)!;
      const isDown = end.y > start.y + 1 || (Math.abs(end.y - start.y) <= 1 && end.x > start.x);
      // The two directions of an edge stand apart from each other.
      const middle = pointAt(path, 0.35, 14);
      const at = toScreen(middle, scene.transform);
      const scale = labelScale(scene.transform[2]);
      context.save();
      context.scale(scale, scale);
      drawPill(context, `${isDown ? '↓' : '↑'} ${there.length}`, shrink(at, scale), hue);
      context.restore();
      this.#hits.push({ ...at, id: there[0]!.id });
    }
  }

  #paintFlights(context: CanvasRenderingContext2D, { wallMs, transform }: Scene): void {
    this.#flights = this.#flights.filter(({ startWallMs }) => wallMs - startWallMs < FLIGHT_WALL_MS);
    for (const { key, from, to, startWallMs } of this.#flights) {
      const pod = mirror.object<Pod>(key);
      if (pod === undefined) continue;
      const share = ease(Math.max(0, wallMs - startWallMs) / FLIGHT_WALL_MS);
      // Straight down first, as everything on this diagram goes, then over to its place.
      const point = { x: from.x + (to.x - from.x) * share ** 1.6, y: from.y + (to.y - from.y) * share };
      drawPodBox(context, toScreen(point, transform), 12 * Math.sqrt(transform[2]), colour(podColour(pod)));
    }
  }
}

const ROW_CARDS = ['etcd', 'scheduler', 'controller-manager', 'cloud', 'apiserver'];

function gapsOf({ cards }: Layout): (readonly [from: number, to: number])[] {
  const rects = ROW_CARDS.flatMap((name) => cards[name] ?? []);
  const tops = rects.map(({ y }) => y);
  return [...new Set(rects.map(bottom))].flatMap((from) => {
    const to = Math.min(...tops.filter((y) => y >= from));
    return Number.isFinite(to) ? [[from, to] as const] : [];
  });
}

/** Dots shrink slower than what they travel on, and grow with it. */
const dotRadius = (zoom: number): number => (zoom > 1 ? 4.6 * zoom : Math.max(4.6 * Math.sqrt(zoom), 3));

/** Labels are never smaller than can be read, and grow on a large screen. */
const labelScale = (zoom: number): number => Math.min(Math.max(zoom, 1), 2.5);

const shrink = ({ x, y }: Point, scale: number): Point => ({ x: x / scale, y: y / scale });

const ease = (t: number): number => (t < 0.5 ? 2 * t * t : 1 - (-2 * t + 2) ** 2 / 2);

function toScreen({ x, y }: Point, [tx, ty, zoom]: Scene['transform']): Point {
  return { x: x * zoom + tx, y: y * zoom + ty };
}

/** The hue of whoever talks with the API server: that one is on every line, and would make all the same. */
function hueOfMessage({ from, to }: MessageView): string {
  const sender = componentOf(from);
  return hueOf(sender === 'apiserver' ? componentOf(to) : sender);
}

const LONGEST_LABEL = 38;

export function labelOf({ label, traffic }: MessageView): string {
  const text = traffic === 'watch' ? `WATCH ${label}` : label;
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text;
}
