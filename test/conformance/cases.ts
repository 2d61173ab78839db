/**
 * The cases that every backend must pass, as data. In the gate: every variant at every size class, and on a variant of
 * each kind a pairwise cover of all else, of which some profiles run a share; with MSCC_CONFORMANCE=profiles every
 * profile runs them all, with MSCC_CONFORMANCE=full the whole product.
 */
import { pairwise, product } from "./pairwise.js";
import { variants } from "./variants.js";

export const FULL = process.env.MSCC_CONFORMANCE === "full";
/** Whether every profile that a driver offers runs, without shares. */
export const EVERY_PROFILE = FULL || process.env.MSCC_CONFORMANCE === "profiles";

export const SIZE_CLASSES = [
  /** Every extent is 1. */
  "ones",
  "primes",
  /** Along the axes that a tile extends over; the others hold two positions. */
  "tile - 1",
  "tile",
  "tile + 1",
  /** A window larger than the grid: every int param is 50. */
  "wide window",
  /** The keys begin past some queries, which see nothing where the pattern is causal or local. */
  "blind queries",
  /** Query and key grids of different extents. */
  "unlike grids",
] as const;
export type SizeClass = (typeof SIZE_CLASSES)[number];

export const HEAD_DIMS = [8, 17, 64, 80, 128, 192, 256] as const;
export const GQA = [1, 3, 6] as const;
/** How the first operand lies in memory; the others lie differently, but for "dense". See layouts.ts. */
export const LAYOUTS = ["dense", "tokens first", "dim outer", "inside"] as const;
export type Layout = (typeof LAYOUTS)[number];
/** Which operands do not begin at the origin of their grid. */
export const OFFSETS = ["none", "queries", "keys", "both"] as const;
/** Whether the grid ends where the operands end. */
export const GRIDS = ["whole", "larger"] as const;
/** Values of the params: as small as they may be, one more, 50. */
export const PARAMS = ["least", "small", "wide"] as const;

/** A variant of each kind: 1-D with a table per head, 2-D with a table of free extents, 3-D, two grids, several regions. */
export const KINDS = ["alibi", "relativeBias", "lightCone", "crossGrid", "iFramesWindow"] as const;

export interface Case {
  readonly variant: string;
  readonly sizes: SizeClass;
  readonly headDim: number;
  readonly valueDim: number;
  /** Query heads per key head. */
  readonly gqa: (typeof GQA)[number];
  readonly layout: Layout;
  readonly offsets: (typeof OFFSETS)[number];
  readonly grid: (typeof GRIDS)[number];
  readonly params: (typeof PARAMS)[number];
  readonly batches: number;
}

/** One test: a case, or in the whole product all cases of a variant and a size class. */
export interface Group {
  readonly title: string;
  readonly variant: string;
  readonly cases: readonly Case[];
}

/** Every other head dim has a value dim unlike it; a variant and a head dim have one, and so one kernel. */
export function valueDimOf(variant: string, headDim: number): number {
  const [row, column] = [[...variants.keys()].indexOf(variant), HEAD_DIMS.indexOf(headDim as 8)];
  if (headDim === 8 || (row + column) % 2 === 0) return headDim;
  return HEAD_DIMS[(column + 3) % HEAD_DIMS.length] as number;
}

const complete = (partial: Omit<Case, "valueDim">): Case => ({
  ...partial,
  valueDim: valueDimOf(partial.variant, partial.headDim),
});

const sizeCase = (variant: string, sizes: SizeClass): Case =>
  complete({
    variant,
    sizes,
    headDim: 8,
    gqa: 1,
    layout: "dense",
    offsets: "none",
    grid: "whole",
    params: sizes === "wide window" ? "wide" : "small",
    batches: 1,
  });

const rest = {
  headDim: HEAD_DIMS,
  gqa: GQA,
  offsets: OFFSETS,
  grid: GRIDS,
  params: PARAMS,
  batches: [1, 2],
  layout: LAYOUTS,
} as const;

export const nameOf = ({ variant, sizes, headDim, valueDim, gqa, layout, offsets, grid, params, batches }: Case) =>
  `${variant}, ${sizes}: d${headDim}v${valueDim}, gqa ${gqa}, ${layout}, offsets ${offsets}, grid ${grid}, params ${params}, batch ${batches}`;

const alone = (each: Case): Group => ({ title: nameOf(each), variant: each.variant, cases: [each] });

/** The gate's cases. */
export function gateCases(): Case[] {
  const bySize = [...variants.keys()].flatMap((variant) => SIZE_CLASSES.map((sizes) => sizeCase(variant, sizes)));
  const sizes = ["primes", "tile + 1", "unlike grids", "blind queries"] as const;
  const cover = pairwise({ variant: KINDS, sizes, ...rest });
  return [...bySize, ...cover.map(complete)];
}

/** The whole product, but for params of 50, which are a size class, and for several batches, which the cover has. */
export function allGroups(): Group[] {
  const factors = { ...rest, params: PARAMS.slice(0, 2), batches: [1] };
  return [...variants.keys()].flatMap((variant) =>
    SIZE_CLASSES.map((sizes) => {
      const cases = product(factors).map((row) =>
        complete({ variant, sizes, ...row, ...(sizes === "wide window" ? { params: "wide" } : {}) }),
      );
      return { title: `${variant}, ${sizes}: ${cases.length} cases`, variant, cases };
    }),
  );
}

/** Which of the tests run: every other variant, and of each variant one case in so many, another one for each. */
export interface Share {
  readonly half?: 0 | 1;
  readonly oneIn?: number;
}

/** The tests of this run. With MSCC_CONFORMANCE=profiles or full no case is left out. */
export function groups({ half, oneIn = 1 }: Share = {}): Group[] {
  const all = FULL ? allGroups() : gateCases().map(alone);
  return [...variants.keys()].flatMap((variant, i) => {
    if (half !== undefined && i % 2 !== half) return [];
    const own = all.filter((group) => group.variant === variant);
    return EVERY_PROFILE ? own : own.filter((_, j) => (i + j) % oneIn === 0);
  });
}
