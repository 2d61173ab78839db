/** Walks a loop nest with numbers: the boxes that a tile visits, in order. The kernels do the same on the device. */
import { type Environment, type Evaluator, evaluator, type TableValues } from "../ir/evaluate.js";
import type { Axes } from "./pattern.js";
import type { Loop, LoopNest, TileShapes } from "./plan.js";

/** One visited box: per looped axis the first position, the last one (inclusive) and the distance of neighbours. */
export interface VisitedBox {
  readonly region: number;
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  readonly step: readonly number[];
  /** Every pair of tile and box attends. */
  readonly full: boolean;
}

/**
 * Visits the boxes of the tile whose ends stand in the environment (`q.<axis>.lo`, `q.<axis>.hi` or, with roles
 * swapped, `k.`), along with `origin.*`, `last.*`, `size.*`, params, `head` and `batch`. The environment is used as
 * scratch for the ends of the boxes.
 */
export type Walk = (environment: Environment, visit: (box: VisitedBox) => void) => void;

interface CompiledLoop {
  readonly lo: string;
  readonly hi: string;
  readonly extent: number;
  readonly lower: Evaluator;
  readonly upper: Evaluator;
  readonly step: Evaluator;
  readonly residue: Evaluator | undefined;
  readonly live: Evaluator;
}

/** Prepares the walk of one loop nest. */
export function walkOf(nest: LoopNest, axes: Axes, tiles: TileShapes, tables: TableValues = {}): Walk {
  const looped = nest.role === "query-tile" ? "k" : "q";
  const extents = looped === "k" ? tiles.key : tiles.query;
  const names = looped === "k" ? axes.key : axes.query;
  const compiled = nest.regions.map((region) => ({
    guard: evaluator(region.guard, tables),
    full: evaluator(region.full, tables),
    loops: region.loops.map((loop, i) => compileLoop(loop, looped, names[i] as string, extents[i] as number, tables)),
  }));
  return (environment, visit) => {
    for (const [region, { guard, full, loops }] of compiled.entries()) {
      if (!guard(environment)) continue;
      const [lo, hi, step] = [[] as number[], [] as number[], [] as number[]];
      const enter = (depth: number, whole: boolean): void => {
        const loop = loops[depth];
        if (!loop) {
          visit({ region, lo: [...lo], hi: [...hi], step: [...step], full: whole && full(environment) === 1 });
          return;
        }
        const stride = loop.step(environment);
        const upper = loop.upper(environment);
        let at = loop.lower(environment);
        if (loop.residue) at += modulo(loop.residue(environment) - at, stride);
        for (; at <= upper; at += stride * loop.extent) {
          const end = at + stride * (loop.extent - 1);
          environment[loop.lo] = at;
          environment[loop.hi] = Math.min(end, upper);
          if (!loop.live(environment)) continue;
          lo[depth] = at;
          hi[depth] = Math.min(end, upper);
          step[depth] = stride;
          enter(depth + 1, whole && end <= upper);
        }
      };
      enter(0, true);
    }
  };
}

const modulo = (a: number, m: number) => ((a % m) + m) % m;

function compileLoop(loop: Loop, side: string, axis: string, extent: number, tables: TableValues): CompiledLoop {
  return {
    lo: `${side}.${axis}.lo`,
    hi: `${side}.${axis}.hi`,
    extent,
    lower: evaluator(loop.lower, tables),
    upper: evaluator(loop.upper, tables),
    step: evaluator(loop.step, tables),
    residue: loop.residue && evaluator(loop.residue, tables),
    live: evaluator(loop.live, tables),
  };
}

/** Calls with every position of a box, in order, innermost fastest. */
export function positionsIn(box: Pick<VisitedBox, "lo" | "hi" | "step">, visit: (position: readonly number[]) => void) {
  const position = [...box.lo];
  const enter = (depth: number): void => {
    if (depth === box.lo.length) {
      visit(position);
      return;
    }
    for (let at = box.lo[depth] as number; at <= (box.hi[depth] as number); at += box.step[depth] as number) {
      position[depth] = at;
      enter(depth + 1);
    }
  };
  enter(0);
}
