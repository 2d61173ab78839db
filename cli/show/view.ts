/** What one query sees, and what the tile that it is computed in visits: the numbers of a picture. Runs in pages too. */
import { evaluator, type TableValues } from "../../compiler/ir/evaluate.js";
import { environmentOf } from "../../compiler/plan/count.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { positionsIn, type VisitedBox, walkOf } from "../../compiler/plan/walk.js";

/** What a picture needs of a plan; every plan is one. */
export interface Subject {
  readonly pattern: Omit<Pattern, "place" | "texts">;
  readonly constants: AttentionPlan["constants"];
  readonly tiles: AttentionPlan["tiles"];
  readonly forward: AttentionPlan["forward"];
}

/** What is chosen for one picture. */
export interface Setting {
  /** Extents of the grids. */
  readonly size: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly query: readonly number[];
  readonly params: { readonly [name: string]: number };
  readonly head: number;
}

/** How a key is visited: not at all, in a box whose pairs are tested, in a box that attends whole. */
export const VISIT = { none: 0, tested: 1, whole: 2 } as const;

export interface View {
  /** First and last position of the queries that are computed together. */
  readonly tile: { readonly lo: readonly number[]; readonly hi: readonly number[] };
  /** The boxes of keys that the tile visits, in order. */
  readonly boxes: readonly VisitedBox[];
  /** Per key, row-major: 1 where the query sees it. */
  readonly seen: Uint8Array;
  /** Per key: one of `VISIT`. */
  readonly visited: Uint8Array;
  /** Per key: `exp(score)` where the dot product is 0, relative to the largest; 1 where there is no score, 0 where it is not seen. */
  readonly weight: Float32Array;
  /** The weights differ. */
  readonly shaded: boolean;
  readonly counts: {
    readonly seen: number;
    readonly visited: number;
    readonly all: number;
    /** Boxes that attend whole, and boxes whose pairs are tested. */
    readonly whole: number;
    readonly tested: number;
  };
}

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

export const indexOf = (place: readonly number[], size: readonly number[]): number =>
  place.reduce((index, at, i) => index * (size[i] as number) + at, 0);

const zeros = (extents: readonly number[]) => extents.map(() => 0);

/** The tile that holds the query: tiles lie on a raster from the grid's origin. */
function tileOf({ tiles }: Subject, { query, size }: Setting): View["tile"] {
  const lo = query.map((at, i) => at - (at % (tiles.query[i] as number)));
  return { lo, hi: lo.map((at, i) => Math.min(at + (tiles.query[i] as number), size.q[i] as number) - 1) };
}

const countOf = (flags: Uint8Array) => flags.reduce((so, each) => so + (each > 0 ? 1 : 0), 0);

/** Weights relative to the largest; what is not finite counts as 0. */
function weightsOf(logits: Float64Array, seen: Uint8Array): Float32Array {
  const weighs = (logit: number, i: number) => seen[i] === 1 && Number.isFinite(logit);
  const largest = logits.reduce((so, logit, i) => (weighs(logit, i) ? Math.max(so, logit) : so), -Infinity);
  return Float32Array.from(logits, (logit, i) => (weighs(logit, i) ? Math.exp(logit - largest) : 0));
}

/** @throws Error where a param or a table that the pattern reads has no value. */
export function viewOf(subject: Subject, setting: Setting, tables: TableValues): View {
  const { pattern, tiles, forward } = subject;
  const { axes } = pattern;
  const { size, query, params, head } = setting;
  const origin = { q: zeros(size.q), k: zeros(size.k) };
  const environment = environmentOf(subject, { size, params, head }, origin, size);
  const tile = tileOf(subject, setting);
  for (const [i, axis] of axes.query.entries()) {
    environment[`q.${axis}.lo`] = tile.lo[i] as number;
    environment[`q.${axis}.hi`] = tile.hi[i] as number;
    environment[`q.${axis}`] = query[i] as number;
  }
  const all = product(size.k);
  const [visited, seen, logits] = [new Uint8Array(all), new Uint8Array(all), new Float64Array(all)];
  const boxes: VisitedBox[] = [];
  walkOf(
    forward,
    axes,
    tiles,
    tables,
  )(environment, (box) => {
    boxes.push(box);
    const kind = box.full ? VISIT.whole : VISIT.tested;
    positionsIn(box, (place) => {
      const at = indexOf(place, size.k);
      visited[at] = Math.max(visited[at] as number, kind);
    });
  });
  const attends = evaluator(pattern.attend, tables);
  const score = pattern.score && evaluator(pattern.score, tables);
  environment.s = 0;
  let index = 0;
  positionsIn({ lo: origin.k, hi: size.k.map((extent) => extent - 1), step: size.k.map(() => 1) }, (place) => {
    for (const [i, axis] of axes.key.entries()) environment[`k.${axis}`] = place[i] as number;
    if (attends(environment)) {
      seen[index] = 1;
      logits[index] = score?.(environment) ?? 0;
    }
    index++;
  });
  const weight = weightsOf(logits, seen);
  const whole = boxes.filter(({ full }) => full).length;
  return {
    tile,
    boxes,
    seen,
    visited,
    weight,
    shaded: weight.some((each, i) => seen[i] === 1 && each < 1),
    counts: { seen: countOf(seen), visited: countOf(visited), all, whole, tested: boxes.length - whole },
  };
}
