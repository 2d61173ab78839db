/** Counts what the loop nest of a plan visits on a grid: boxes, frames, pairs. */
import { type Environment, evaluator } from "../../compiler/ir/evaluate.js";
import type { AttentionPlan, LoopNest } from "../../compiler/plan/plan.js";
import { positionsIn, type VisitedBox, walkOf } from "../../compiler/plan/walk.js";

export interface Tile {
  readonly lo: readonly number[];
  readonly hi: readonly number[];
}

export interface Visit {
  readonly tile: Tile;
  readonly box: VisitedBox;
}

/** What a walk over a grid reads. Operands hold the box from `origin` on; by default the whole grid. */
export interface Walked {
  readonly size: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly origin?: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly extent?: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly params?: { readonly [name: string]: number };
  readonly tables?: Parameters<typeof walkOf>[3];
}

/** Calls with every box that every tile of one head visits; the environment holds the tile and the box. */
export function eachVisit(
  plan: AttentionPlan,
  { size, origin, extent = size, params, tables }: Walked,
  visit: (visit: Visit, environment: Environment) => void,
  role: LoopNest["role"] = "query-tile",
): void {
  const { axes } = plan.pattern;
  const environment: Environment = { ...params, head: 0, batch: 0 };
  const first = (side: "q" | "k") => origin?.[side] ?? size[side].map(() => 0);
  for (const side of ["q", "k"] as const) {
    for (const [i, axis] of axes[side === "q" ? "query" : "key"].entries()) {
      environment[`size.${side}.${axis}`] = size[side][i] as number;
      environment[`origin.${side}.${axis}`] = first(side)[i] as number;
      environment[`last.${side}.${axis}`] = (first(side)[i] as number) + (extent[side][i] as number) - 1;
    }
  }
  const walk = walkOf(role === "query-tile" ? plan.forward : plan.backward, axes, plan.tiles, tables);
  const side = role === "query-tile" ? "q" : "k";
  const [names, shape] = side === "q" ? [axes.query, plan.tiles.query] : [axes.key, plan.tiles.key];
  const last = first(side).map((at, i) => at + (extent[side][i] as number) - 1);
  positionsIn({ lo: first(side), hi: last, step: shape }, (corner) => {
    const lo = [...corner];
    const hi = lo.map((at, i) => Math.min(at + (shape[i] as number) - 1, last[i] as number));
    for (const [i, axis] of names.entries()) {
      environment[`${side}.${axis}.lo`] = lo[i] as number;
      environment[`${side}.${axis}.hi`] = hi[i] as number;
    }
    walk(environment, (box) => visit({ tile: { lo, hi }, box }, environment));
  });
}

export interface Counts {
  readonly boxes: number;
  readonly full: number;
  /** Pairs that attend; pairs of tiles and boxes, each box whole; pairs of the grid. */
  readonly useful: number;
  readonly visited: number;
  readonly dense: number;
  /** Pairs that one region visits more than once. */
  readonly twice: number;
  /** Pairs that attend and that not exactly one region computes. */
  readonly wrong: number;
}

/** Row-major index of a position within a box. */
const indexIn = ({ lo, hi }: Tile, position: readonly number[]) =>
  position.reduce((index, at, i) => index * ((hi[i] as number) - (lo[i] as number) + 1) + at - (lo[i] as number), 0);

/** Counts the visits of one head, pair by pair, against the pattern. */
export function countsOf(plan: AttentionPlan, walked: Walked, role: LoopNest["role"] = "query-tile"): Counts {
  const { axes, attend } = plan.pattern;
  const { regions } = role === "query-tile" ? plan.forward : plan.backward;
  const inRegion = regions.map((region) => evaluator(region.attend, walked.tables));
  const truth = evaluator(attend, walked.tables);
  const [tileSide, boxSide] = role === "query-tile" ? (["q", "k"] as const) : (["k", "q"] as const);
  const names = { q: axes.query.map((axis) => `q.${axis}`), k: axes.key.map((axis) => `k.${axis}`) };
  const volume = [...plan.tiles.query, ...plan.tiles.key].reduce((total, extent) => total * extent, 1);
  const whole = (side: "q" | "k") => {
    const lo = walked.origin?.[side] ?? walked.size[side].map(() => 0);
    const extent = walked.extent?.[side] ?? walked.size[side];
    return { lo, hi: lo.map((at, i) => at + (extent[i] as number) - 1), step: lo.map(() => 1) };
  };
  const [rows, columns] = [whole(tileSide), whole(boxSide)];
  const count = ({ lo, hi }: Tile) => lo.reduce((total, at, i) => total * ((hi[i] as number) - at + 1), 1);
  const dense = count(rows) * count(columns);
  const [entered, computed] = [new Uint8Array(dense * regions.length), new Uint8Array(dense)];
  let environment: Environment = {};
  let [boxes, full, twice, useful, wrong] = [0, 0, 0, 0, 0];
  const place = (side: "q" | "k", position: readonly number[]) => {
    for (let i = 0; i < position.length; i++) environment[names[side][i] as string] = position[i] as number;
  };
  const bump = (counters: Uint8Array, index: number) => {
    counters[index] = (counters[index] as number) + 1;
    return counters[index] as number;
  };
  const enter = ({ tile, box }: Visit, given: Environment) => {
    environment = given;
    boxes++;
    full += box.full ? 1 : 0;
    positionsIn({ ...tile, step: rows.step }, (row) => {
      place(tileSide, row);
      const start = indexIn(rows, row) * count(columns);
      positionsIn(box, (column) => {
        place(boxSide, column);
        const pair = start + indexIn(columns, column);
        if (bump(entered, box.region * dense + pair) === 2) twice++;
        if (box.full || inRegion[box.region]?.(environment) === 1) bump(computed, pair);
      });
    });
  };
  eachVisit(plan, walked, enter, role);
  let pair = 0;
  positionsIn(rows, (row) => {
    place(tileSide, row);
    positionsIn(columns, (column) => {
      place(boxSide, column);
      const attends = truth(environment);
      useful += attends;
      if (computed[pair++] !== attends) wrong++;
    });
  });
  return { boxes, full, useful, visited: boxes * volume, dense, twice, wrong };
}
