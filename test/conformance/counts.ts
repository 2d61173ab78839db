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

const positions = ({ lo, hi, step }: { readonly lo: readonly number[]; readonly hi: readonly number[]; readonly step?: readonly number[] }) =>
  lo.reduce((total, at, i) => total * (Math.floor(((hi[i] as number) - at) / (step?.[i] ?? 1)) + 1), 1);

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

/** Counts the visits of one head, pair by pair, against the pattern. */
export function countsOf(plan: AttentionPlan, walked: Walked, role: LoopNest["role"] = "query-tile"): Counts {
  const { axes, attend } = plan.pattern;
  const regions = (role === "query-tile" ? plan.forward : plan.backward).regions;
  const inRegion = regions.map((region) => evaluator(region.attend, walked.tables));
  const truth = evaluator(attend, walked.tables);
  const [tileSide, boxSide] = role === "query-tile" ? (["q", "k"] as const) : (["k", "q"] as const);
  const names = { q: axes.query, k: axes.key };
  const boxVolume = (role === "query-tile" ? plan.tiles.key : plan.tiles.query).reduce((a, b) => a * b, 1);
  const tileVolume = (role === "query-tile" ? plan.tiles.query : plan.tiles.key).reduce((a, b) => a * b, 1);
  const entered = new Map<string, number>();
  const computed = new Map<string, number>();
  let [boxes, full, visited] = [0, 0, 0];
  const place = (environment: Environment, side: "q" | "k", position: readonly number[]) => {
    for (const [i, axis] of names[side].entries()) environment[`${side}.${axis}`] = position[i] as number;
  };
  const add = (to: Map<string, number>, key: string) => to.set(key, (to.get(key) ?? 0) + 1);
  let last: Environment = {};
  eachVisit(
    plan,
    walked,
    ({ tile, box }, environment) => {
      last = environment;
      boxes++;
      full += box.full ? 1 : 0;
      visited += boxVolume * tileVolume;
      positionsIn({ ...tile, step: tile.lo.map(() => 1) }, (row) => {
        place(environment, tileSide, row);
        positionsIn(box, (column) => {
          place(environment, boxSide, column);
          const pair = `${row}|${column}`;
          add(entered, `${box.region} ${pair}`);
          if (box.full || inRegion[box.region]?.(environment) === 1) add(computed, pair);
        });
      });
    },
    role,
  );
  const whole = (side: "q" | "k") => {
    const lo = walked.origin?.[side] ?? walked.size[side].map(() => 0);
    const extent = walked.extent?.[side] ?? walked.size[side];
    return { lo, hi: lo.map((at, i) => at + (extent[i] as number) - 1), step: lo.map(() => 1) };
  };
  let [useful, wrong] = [0, 0];
  positionsIn(whole(tileSide), (row) => {
    place(last, tileSide, row);
    positionsIn(whole(boxSide), (column) => {
      place(last, boxSide, column);
      const attends = truth(last);
      useful += attends;
      if ((computed.get(`${row}|${column}`) ?? 0) !== attends) wrong++;
    });
  });
  const dense = positions(whole("q")) * positions(whole("k"));
  const twice = [...entered.values()].filter((times) => times > 1).length;
  return { boxes, full, useful, visited, dense, twice, wrong };
}
