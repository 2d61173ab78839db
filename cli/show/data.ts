/** A picture as data, for `--format json`. */
import { positionsIn } from "../../compiler/plan/walk.js";
import type { Shown } from "./words.js";

const named = (axes: readonly string[], values: readonly number[]) =>
  Object.fromEntries(axes.map((axis, i) => [axis, values[i] as number]));

/** Boxes are in the order of the kernel; keys are those that the query sees, row-major. */
export function dataOf({ subject, setting, view, drawn, byHead }: Shown) {
  const { name, axes } = subject.pattern;
  const { size, query, params, head } = setting;
  const keys: { readonly at: readonly number[]; readonly weight: number }[] = [];
  let index = 0;
  const whole = { lo: size.k.map(() => 0), hi: size.k.map((extent) => extent - 1), step: size.k.map(() => 1) };
  positionsIn(whole, (place) => {
    if (view.seen[index] === 1) keys.push({ at: [...place], weight: view.weight[index] as number });
    index++;
  });
  return {
    variant: name,
    grid: named(axes.query, size.q),
    ...(axes.shared ? {} : { keyGrid: named(axes.key, size.k) }),
    params,
    ...(byHead ? { head } : {}),
    drawnTables: drawn,
    query: named(axes.query, query),
    counts: view.counts,
    tile: view.tile,
    boxes: view.boxes.map(({ lo, hi, step, full }) => ({ lo, hi, step, whole: full })),
    keys,
  };
}
