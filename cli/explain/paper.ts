/** The layers of the MSC paper among patterns, with its formulas; only patterns that are exactly the paper's are recognised. */
import { analyse } from "../../compiler/analysis/analyse.js";
import { tidy } from "../../compiler/analysis/interval.js";
import { atLeastZero, normalised, partsOf } from "../../compiler/analysis/logic.js";
import { and, binary, type Expr, int, intVar, le, lt, nodesOf, sub, unary } from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import type { Pattern } from "../../compiler/plan/pattern.js";

/** Extents of a grid of three axes: frames, rows, columns. */
type Grid = readonly number[];

export interface PaperLayer {
  readonly branch: "regular" | "High-Res" | "Low-Res";
  /** What the pattern is, in the paper's words. */
  readonly what: string;
  /** Keys per query by the paper's formula, as text and as a number. */
  readonly formula: string;
  readonly keysPerQuery: number;
  /** Why the exact count is another number, where it is. */
  readonly difference?: string;
}

/** The parts of a condition in one notation: `a < b` and `b > a` are one text. */
function atomsOf(condition: Expr): string {
  const atoms = partsOf(normalised(condition), "and").flatMap((atom) => {
    const isOrder = atom.kind === "binary" && (atom.op === "lt" || atom.op === "le");
    return isOrder ? atLeastZero(atom).map((e) => `0 <= ${print(tidy(e))}`) : [print(atom)];
  });
  return [...new Set(atoms)].sort().join(" && ");
}

/** The paper's attention over frames, rows and columns with these names. */
function conditionsOf([t, y, x]: readonly [string, string, string]) {
  const apart = (axis: string) => sub(intVar(`q.${axis}`), intVar(`k.${axis}`));
  const near = (axis: string, reach: Expr) => le(unary("abs", apart(axis)), reach);
  const past = le(int(0), apart(t));
  return {
    causal: past,
    strided: (step: Expr) => and(past, binary("eq", binary("rem", apart(t), step), int(0))),
    window: (frames: Expr, reach: Expr) => [past, lt(apart(t), frames), near(y, reach), near(x, reach)].reduce(and),
  };
}

const product = (grid: Grid) => grid.reduce((so, extent) => so * extent, 1);

const regular = (grid: Grid): PaperLayer => ({
  branch: "regular",
  what: "regular attention",
  formula: "s",
  keysPerQuery: product(grid),
});

const CAUSALITY = "the formula does not know of causality: a query sees frames up to its own only";

const lowRes = (grid: Grid, step: number): PaperLayer => ({
  branch: "Low-Res",
  what: `strided global attention, every ${step}-th frame (d = ${step})`,
  formula: "s / d",
  keysPerQuery: product(grid) / step,
  difference: CAUSALITY,
});

function highRes(grid: Grid, frames: number, reach: number): PaperLayer {
  const keysPerQuery = frames * (2 * reach + 1) ** 2;
  const windows = (product(grid) / keysPerQuery).toFixed(1);
  return {
    branch: "High-Res",
    what: `local window of ${frames} x ${2 * reach + 1} x ${2 * reach + 1} tokens, of which the grid holds w^2 v = ${windows}`,
    formula: "s / (w^2 v)",
    keysPerQuery,
    difference: "windows shrink in the first frames and at the borders, and a window larger than the grid is cut",
  };
}

/** The layer that a pattern is, for these values of its params; undefined where it is none of the paper's. */
export function paperLayer(
  pattern: Pattern,
  constants: ReadonlyMap<string, number>,
  values: { readonly [name: string]: number },
  grid: Grid,
): PaperLayer | undefined {
  const { axes } = pattern;
  const [t, y, x] = axes.query;
  if (!axes.shared || axes.query.length !== 3 || !t || !y || !x) return undefined;
  const { attend, verdict } = analyse(pattern, constants);
  if (verdict.kind === "always") return regular(grid);
  const own = atomsOf(attend);
  const { causal, strided, window } = conditionsOf([t, y, x]);
  if (atomsOf(causal) === own) {
    return { ...regular(grid), what: "regular attention, causal in frames", difference: CAUSALITY };
  }
  const literals = nodesOf(attend).filter((e) => e.kind === "const" && e.type === "int");
  const params = pattern.params.filter(({ name, type }) => type === "int" && !constants.has(name));
  const numbers = [...params.map(({ name }) => intVar(name)), ...new Set(literals)];
  const numberOf = (e: Expr) =>
    e.kind === "const" ? e.value : e.kind === "var" ? (values[e.name] as number) : Number.NaN;
  const step = numbers.find((each) => atomsOf(strided(each)) === own);
  if (step) return lowRes(grid, numberOf(step));
  for (const frames of numbers) {
    const reach = numbers.find((each) => atomsOf(window(frames, each)) === own);
    if (reach) return highRes(grid, numberOf(frames), numberOf(reach));
  }
  return undefined;
}
