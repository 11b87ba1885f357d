import { logarithmic, logTicks, round, upwards } from './scale.ts';

export interface Offer {
  readonly name: string;
  readonly href: string;
  /** USD per million tokens. */
  readonly price: number;
  /** Tokens per second. */
  readonly speed: number;
  readonly state: 'well' | 'slow' | 'down';
  readonly isPick: boolean;
}

/** Where a label stands beside its point, in px; `anchor` as SVG has it. */
export interface LabelPlace {
  readonly dx: number;
  readonly dy: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

export interface PlacedOffer extends Offer {
  readonly x: number;
  readonly y: number;
  readonly isOnFrontier: boolean;
  /** Null: there is no room; it is shown to whoever points at it. */
  readonly label: LabelPlace | null;
}

/** The size for which labels are placed: on a wider one they have more room. */
const WIDTH = 460;
const HEIGHT = 260;
const LETTER = 7;
const LINE = 15;

const PLACES: readonly LabelPlace[] = [
  { dx: 0, dy: -11, anchor: 'middle' },
  { dx: -9, dy: -8, anchor: 'end' },
  { dx: 10, dy: 4, anchor: 'start' },
  { dx: 9, dy: -8, anchor: 'start' },
  { dx: -10, dy: 4, anchor: 'end' },
  { dx: 9, dy: 17, anchor: 'start' },
  { dx: 0, dy: 20, anchor: 'middle' },
  { dx: -9, dy: 17, anchor: 'end' },
];

/** Price against output speed, both by their logarithm. Up and left is better. */
export function scatterOf(offers: readonly Offer[]) {
  const known = offers.filter(({ price, speed }) => price > 0 && speed > 0);
  const [fromPrice, toPrice] = rangeOf(known.map(({ price }) => price));
  const [fromSpeed, toSpeed] = rangeOf(known.map(({ speed }) => speed));
  const x = logarithmic(fromPrice, toPrice);
  const y = upwards(logarithmic(fromSpeed, toSpeed));
  const frontier = frontierOf(known);
  const points = known.map((offer) => ({
    ...offer,
    x: x(offer.price),
    y: y(offer.speed),
    isOnFrontier: frontier.includes(offer),
  }));
  return {
    ...{ x, y },
    points: withLabels(points),
    step: stepOf(points.filter(({ isOnFrontier }) => isOnFrontier)),
    xTicks: logTicks(fromPrice, toPrice),
    yTicks: logTicks(fromSpeed, toSpeed),
  };
}

/** A third beyond both ends, and never less than a factor of three. */
function rangeOf(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0.1, 10];
  const least = Math.min(...values);
  const most = Math.max(...values);
  const widen = Math.max(1.33, Math.sqrt(3 / (most / least)));
  return [least / widen, most * widen];
}

/** Those who answer and whom nobody beats in one without losing in the other, cheapest first. */
export function frontierOf(offers: readonly Offer[]): readonly Offer[] {
  const answering = offers.filter(({ state }) => state !== 'down');
  const sorted = answering.toSorted((a, b) => a.price - b.price || b.speed - a.speed);
  const found: Offer[] = [];
  for (const offer of sorted) {
    if (offer.speed > (found.at(-1)?.speed ?? 0)) found.push(offer);
  }
  return found;
}

/** From the foot of the cheapest up, right, up … to the right edge. Empty without points. */
function stepOf(frontier: readonly { readonly x: number; readonly y: number }[]): string {
  const steps = frontier.toSorted((a, b) => a.x - b.x).map(({ x, y }) => `H${x}V${y}`);
  return steps.length === 0 ? '' : `M${steps[0]!.slice(1).split('V')[0]} 100${steps.join('')}H100`;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

type Unlabelled = Omit<PlacedOffer, 'label'>;

/** The pick first, then the frontier, then the rest: who comes first has the choice. */
function withLabels(points: readonly Unlabelled[]): readonly PlacedOffer[] {
  const taken: Box[] = points.map(dotBox);
  const labels = new Map<Unlabelled, LabelPlace>();
  const rank = ({ isPick, isOnFrontier }: Unlabelled) => (isPick ? 0 : isOnFrontier ? 1 : 2);
  for (const point of points.toSorted((a, b) => rank(a) - rank(b))) {
    const place = PLACES.find((each) => fits(labelBox(point, each), taken));
    if (place === undefined) continue;
    labels.set(point, place);
    taken.push(labelBox(point, place));
  }
  return points.map((point) => ({ ...point, label: labels.get(point) ?? null }));
}

function dotBox({ x, y }: Unlabelled): Box {
  const [centre, middle] = [(x * WIDTH) / 100, (y * HEIGHT) / 100];
  return { left: centre - 5, right: centre + 5, top: middle - 5, bottom: middle + 5 };
}

/** @internal shown to tests: labels never cover each other */
export function labelBox({ x, y, name }: Pick<Unlabelled, 'x' | 'y' | 'name'>, { dx, dy, anchor }: LabelPlace): Box {
  const width = Math.min(name.length, 24) * LETTER;
  const start = (x * WIDTH) / 100 + dx - { start: 0, middle: width / 2, end: width }[anchor];
  const base = (y * HEIGHT) / 100 + dy;
  return { left: round(start), right: round(start + width), top: round(base - LINE + 4), bottom: round(base + 4) };
}

function fits(box: Box, taken: readonly Box[]): boolean {
  const isInside = box.left >= -20 && box.right <= WIDTH + 20 && box.top >= -14 && box.bottom <= HEIGHT;
  return isInside && taken.every((other) => !overlap(box, other));
}

export const overlap = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
