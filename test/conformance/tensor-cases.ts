/** The tensor operations that every backend must pass, as data: extents, params, what the inputs may hold. */
import { EVERY_PROFILE } from "./cases.js";

export interface TensorCase {
  readonly operation: string;
  /** The extent of every label. */
  readonly size: { readonly [label: string]: number };
  readonly params: { readonly [name: string]: number };
  /** How the operands lie: all dense, or each in a way of its own. */
  readonly layout: "dense" | "strided";
}

type Sizes = TensorCase["size"];
type Given = readonly [size: Sizes, params?: TensorCase["params"]];

const grid = (t: number, y: number, x: number, c: number, more: Sizes = {}): Sizes => ({ t, y, x, c, ...more });

/** Rows, columns and terms around the tiles of 64 x 64, 32 x 16 and 16 x 16 and their runs of 16 and 4 terms. */
const PRODUCTS: readonly (readonly [rows: readonly [number, number, number], columns: number, terms: number])[] = [
  [[1, 1, 1], 1, 1],
  [[3, 1, 5], 17, 3],
  [[2, 4, 2], 16, 4],
  [[1, 17, 1], 15, 5],
  [[1, 1, 31], 64, 15],
  [[2, 4, 4], 65, 16],
  [[3, 11, 1], 63, 17],
  [[7, 3, 3], 1, 33],
  [[4, 4, 4], 64, 1],
  [[5, 1, 13], 33, 16],
  [[2, 5, 13], 66, 7],
];

const products = (which: readonly number[]): Given[] =>
  PRODUCTS.filter((_, i) => EVERY_PROFILE || which.includes(i)).map(([[t, y, x], c, k]) => [grid(t, y, x, c, { k })]);

const rows = (last: readonly number[]): Given[] => [
  [grid(1, 1, 1, 1)],
  [grid(2, 3, 5, 7)],
  ...last.map((c): Given => [grid(1, 3, 2, c)]),
];

const over = (extent: number, down: number) => Math.ceil(extent / down);

/** A fine grid, and branches of these channels on grids coarser by these factors. */
function merges(
  t: number,
  y: number,
  x: number,
  branches: readonly (readonly [channels: number, down: number])[],
): Given {
  const c = branches.reduce((sum, [channels]) => sum + channels, 0);
  const size: Record<string, number> = { ...grid(t, y, x, c) };
  for (const [i, [channels, down]] of branches.entries()) {
    Object.assign(size, { [`c${i}`]: channels, [`y${i}`]: over(y, down), [`x${i}`]: over(x, down) });
  }
  return [size, Object.fromEntries(branches.map(([, down], i) => [`down${i}`, down]))];
}

const mergesOf = (n: number): Given[] => [
  merges(
    1,
    1,
    1,
    Array.from({ length: n }, () => [1, 1]),
  ),
  merges(
    2,
    5,
    7,
    Array.from({ length: n }, (_, i) => [2 * i + 1, i + 1]),
  ),
  merges(
    1,
    9,
    3,
    Array.from({ length: n }, (_, i) => [20, i % 2 === 0 ? 1024 : 2]),
  ),
];

type Three = readonly [number, number, number];

/** The clip of a grid of tokens, by the sides of a patch; `c` is what a product makes of the patches. */
function patched([frames, high, wide]: Three, [t, y, x]: Three, colours: number, c = 1): Given {
  const size = {
    k: frames * high * wide * colours,
    clipFrames: frames * t,
    rows: high * y,
    columns: wide * x,
    colours,
  };
  return [grid(t, y, x, c, size), { frames, high, wide }];
}

/** Pixels of such a clip from its tokens. */
function pixels([frames, high, wide]: Three, [t, y, x]: Three, c = 3): Given {
  const k = frames * high * wide * c;
  const tokens = { tokenFrames: t, tokenFrames2: t, rows: y, columns: x, k };
  return [grid(frames * t, high * y, wide * x, c, tokens), { frames, high, wide }];
}

const PIXELS: readonly Given[] = [
  pixels([1, 1, 1], [1, 1, 1], 1),
  pixels([2, 3, 5], [3, 2, 1]),
  pixels([1, 4, 4], [2, 3, 3]),
];

/** The model's operations, and what its presets fuse of them: sizes must agree with one another. */
export const MODEL: { readonly [operation: string]: readonly Given[] } = {
  linear: products([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
  linearSilu: products([0, 5, 6]),
  linearGelu: products([1, 9]),
  linearGatedResidual: products([3, 10]),
  layerNorm: rows([63, 64, 65, 200]),
  layerNormModulate: rows([64, 129]),
  modulate: rows([65]),
  gelu: rows([65]),
  silu: rows([65]),
  gatedResidual: rows([65]),
  averagePool: [
    [grid(1, 1, 1, 1, { rows: 1, columns: 1 }), { down: 1 }],
    [grid(2, 3, 4, 5, { rows: 5, columns: 7 }), { down: 2 }],
    [grid(1, 1, 2, 3, { rows: 3, columns: 70 }), { down: 64 }],
    [grid(1, 1, 1, 1, { rows: 2, columns: 3 }), { down: EVERY_PROFILE ? 1024 : 128 }],
  ],
  merge1: mergesOf(1),
  merge2: mergesOf(2),
  merge3: mergesOf(3),
  merge4: mergesOf(4),
  merge2GatedResidual: mergesOf(2),
  merge3GatedResidual: mergesOf(3),
  timestep: [[grid(1, 1, 1, 2)], [grid(3, 1, 1, 128)], [grid(2, 2, 1, 7)]],
  patchify: [patched([1, 1, 1], [1, 1, 1], 1), patched([2, 3, 5], [3, 2, 1], 3), patched([1024, 1, 1], [1, 2, 1], 2)],
  unpatchify: [...PIXELS, pixels([1, 1024, 1], [1, 1, 1], 1)],
  eulerStep: PIXELS.map(([size, params]): Given => [size, { frames: params?.frames as number }]),
  unpatchifyEulerStep: PIXELS.map(([size, params]): Given => [size, { ...params, frames2: params?.frames as number }]),
  rotary: [
    [grid(1, 1, 1, 2), { rotated: 0, headDim: 2, down: 1, base: 1 }],
    [grid(2, 3, 5, 24), { rotated: 65536, headDim: 12, down: 2, base: 10000 }],
    [grid(3, 2, 1, 64), { rotated: 32, headDim: 32, down: 1, base: 10000 }],
    [grid(1, 2, 3, 256), { rotated: 256, headDim: 256, down: 1024, base: 100 }],
  ],
};

/** Classes of sizes for operations whose labels are free of one another; params are at their least, between, at their most. */
export const CLASSES = ["ones", "primes", "wide"] as const;
export type SizeClass = (typeof CLASSES)[number];

const PRIMES = [2, 3, 5, 7, 11, 13];

/** Of an operation's labels in order, the last axis last. */
export function sizesOf(axes: readonly string[], labels: readonly string[], kind: SizeClass): Sizes {
  const extent = (label: string, i: number) => {
    if (kind === "ones") return 1;
    if (kind === "primes") return (PRIMES[i] ?? 2) % (labels.length > 5 ? 6 : 14) || 2;
    return label === axes.at(-1) ? 67 : label === axes[0] ? 33 : 3;
  };
  return Object.fromEntries(labels.map((label, i) => [label, extent(label, i)]));
}

/** Each case dense, and but for the smallest strided as well. */
export const laidOut = (operation: string, given: readonly Given[]): TensorCase[] =>
  given.flatMap(([size, params = {}], i) => {
    const layouts =
      i === 0
        ? (["dense"] as const)
        : i === 1 || EVERY_PROFILE
          ? (["dense", "strided"] as const)
          : (["strided"] as const);
    return layouts.map((layout): TensorCase => ({ operation, size, params, layout }));
  });

export const nameOf = ({ operation, size, params, layout }: TensorCase): string => {
  const text = (values: { readonly [name: string]: number }) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  return `${operation}, ${layout}: ${[text(size), text(params)].filter((part) => part !== "").join("; ")}`;
};
