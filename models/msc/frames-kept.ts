/** Which frames a branch must keep: those that its pattern may still show to a query, decided by interval arithmetic on the pattern itself. */
import type { JsonExpression } from "../../compiler/plan/manifest.js";
import { between, type Interval, point, rangeOf } from "../../runtime/launcher/intervals.js";

/** A pattern over t, y, x as the model knows it. */
export interface FramePattern {
  /** Where a query sees a key, over `q.*`, `k.*`, `size.*` and the params. */
  readonly attend: JsonExpression;
  readonly params: { readonly [name: string]: number };
  readonly heads: number;
  /** Extents of the grid in space. */
  readonly rows: number;
  readonly columns: number;
}

/** Frames ahead that are asked about: 2^20 of them take days. */
const AHEAD = 2 ** 20;

function variablesOf(
  { params, heads, rows, columns }: FramePattern,
  query: Interval,
  key: Interval,
): Map<string, Interval> {
  const variables = new Map<string, Interval>([
    ["q.t", query],
    ["k.t", key],
    ["head", between(0, heads - 1)],
    ["batch", point(0)],
  ]);
  for (const side of ["q", "k"]) {
    variables.set(`${side}.y`, between(0, rows - 1));
    variables.set(`${side}.x`, between(0, columns - 1));
    variables.set(`size.${side}.t`, between(1, query.hi + AHEAD));
    variables.set(`size.${side}.y`, point(rows));
    variables.set(`size.${side}.x`, point(columns));
  }
  for (const [name, value] of Object.entries(params)) variables.set(name, point(value));
  return variables;
}

/** False only where no query of the frames sees any key of the frame. */
function maySee(pattern: FramePattern, query: Interval, key: Interval): boolean {
  const scope = { variables: variablesOf(pattern, query, key), tables: new Map() };
  return rangeOf(pattern.attend, scope).hi > 0;
}

/** Whether a query at a frame from `now` on may see the frame. Never false where one does. */
export const isNeeded = (pattern: FramePattern, frame: number, now: number): boolean =>
  maySee(pattern, between(now, now + AHEAD), point(frame));

/** How many of the frames before `now` some query from there on may see. */
function neededAt(pattern: FramePattern, now: number): number {
  let needed = 0;
  for (let frame = 0; frame < now; frame++) if (isNeeded(pattern, frame, now)) needed++;
  return needed;
}

/** Frames after which a window, a set of first frames or both are filled: what still grows then grows with the rollout. */
const FAR = 8192;

/** A cache that grows: of so many frames one is kept. */
export interface Growing {
  readonly every: number;
}

/** Most frames that a cache holds at a time, those of the chunk included; or how fast it grows. */
export function framesKept(pattern: FramePattern, chunk: number): number | Growing {
  const [first, second] = [neededAt(pattern, FAR), neededAt(pattern, 2 * FAR)];
  // Twice, since the number may also depend on where a chunk stands in a period.
  if (first < second) {
    const third = neededAt(pattern, 4 * FAR);
    if (second < third) return { every: Math.round((2 * FAR) / (third - second)) };
  }
  let most = Math.max(first, second) + chunk;
  let kept: number[] = [];
  for (let now = 0; now < 512; now += chunk) {
    kept = kept.filter((frame) => isNeeded(pattern, frame, now));
    for (let i = 0; i < chunk; i++) kept.push(now + i);
    most = Math.max(most, kept.length);
  }
  return most;
}
