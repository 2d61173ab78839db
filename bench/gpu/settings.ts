/** What is compiled, checked and timed on a CUDA machine: data alone. */

export type Params = { readonly [name: string]: number };

/** A variant, with the params that it is checked with, and a small grid on which its pairs are counted. */
export interface CheckedVariant {
  readonly file: string;
  readonly name: string;
  readonly params: readonly Params[];
  readonly grid: readonly number[];
  /** Where keys have a grid of their own. */
  readonly keyGrid?: readonly number[];
  /** Values of the tables that decide which pairs attend. */
  readonly tables?: {
    readonly [name: string]: { readonly shape: readonly number[]; readonly data: readonly number[] };
  };
}

const variant = (name: string) => `dsl/variants/${name}.ts`;

export const VARIANTS: readonly CheckedVariant[] = [
  { file: variant("dense"), name: "dense", params: [{}], grid: [2, 5, 3] },
  { file: variant("frame-causal"), name: "frameCausal", params: [{}], grid: [4, 3, 5] },
  {
    ...{ file: variant("local-window"), name: "localWindow", grid: [4, 7, 9] },
    params: [
      { frames: 2, radius: 3 },
      { frames: 9, radius: 0 },
    ],
  },
  {
    ...{ file: variant("light-cone"), name: "lightCone", grid: [4, 9, 7] },
    params: [
      { frames: 3, radius: 1, speed: 2 },
      { frames: 2, radius: 40, speed: 0 },
    ],
  },
  { file: variant("disc"), name: "disc", params: [{ frames: 2, radius: 4 }], grid: [3, 9, 8] },
  {
    ...{ file: variant("shifted-window"), name: "shiftedWindow", grid: [3, 7, 9] },
    params: [
      { frames: 2, radius: 2 },
      { frames: 1, radius: 6 },
    ],
  },
  { file: variant("strided-frames"), name: "stridedFrames", params: [{ stride: 2 }, { stride: 3 }], grid: [6, 3, 4] },
  { file: variant("i-frames"), name: "iFrames", params: [{ gop: 3 }], grid: [7, 3, 4] },
  {
    ...{ file: variant("i-frames-window"), name: "iFramesWindow", grid: [6, 5, 6] },
    params: [{ gop: 2, frames: 3, radius: 1 }],
  },
  {
    ...{ file: variant("sinks-window"), name: "sinksWindow", grid: [6, 5, 6] },
    params: [{ sinks: 1, frames: 2, radius: 2 }],
  },
  { file: variant("noise-aware"), name: "noiseAware", params: [{ alpha: 1.5 }], grid: [4, 3, 4] },
  { file: variant("soft-cap"), name: "softCap", params: [{ cap: 3 }], grid: [4, 3, 4] },
  { file: variant("alibi"), name: "alibi", params: [{}], grid: [29] },
  {
    ...{ file: variant("document-mask"), name: "documentMask", params: [{}], grid: [23] },
    tables: { document: { shape: [23], data: Array.from({ length: 23 }, (_, i) => Math.floor((i * i) / 60)) } },
  },
  { file: variant("relative-bias"), name: "relativeBias", params: [{ radius: 2 }, { radius: 9 }], grid: [7, 11] },
  {
    ...{ file: variant("cross-grid"), name: "crossGrid", params: [{ r: 2, reach: 3 }] },
    ...{ grid: [3, 7, 9], keyGrid: [3, 4, 5] },
  },
  {
    ...{ file: "bench/gpu/patterns.ts", name: "centredWindow", grid: [5, 7, 9] },
    params: [{ depth: 4, height: 3, width: 6 }],
  },
];

/** Head dims and value dims that only a few variants are checked with. */
export const ODD_DIMS = { head: "8,64,80,96,192,256", value: "8,40,80,128,128,256" };
/** One of each kind of mask: a window, one with changed logits, and one with several regions. */
export const ODD_VARIANTS = ["lightCone", "relativeBias", "iFramesWindow"];

/** A pattern on a grid that is timed. */
export interface Setting {
  /** Names its folder. */
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly variant: string;
  readonly grid: readonly [t: number, y: number, x: number];
  readonly params: Params;
  /** Query heads, by head dim; keys have as many. */
  readonly heads: { readonly [headDim: string]: number };
  /** Whether FlexAttention is also given tokens in boxes: not where frames are seen whole. */
  readonly permuted: boolean;
}

const GRID = [21, 45, 80] as const;
const HEADS = { 128: 12, 64: 24 };

/** The most important first: a run may be out of time before the last. */
export const SETTINGS: readonly Setting[] = [
  {
    ...{ id: "window", title: "window, 3 frames, radius 6", grid: GRID, heads: HEADS, permuted: true },
    ...{ file: variant("local-window"), variant: "localWindow", params: { frames: 3, radius: 6 } },
  },
  {
    ...{ id: "cone", title: "light cone, 5 frames, radius 2 + 2 per frame", grid: GRID, heads: HEADS, permuted: true },
    ...{ file: variant("light-cone"), variant: "lightCone", params: { frames: 5, radius: 2, speed: 2 } },
  },
  {
    ...{ id: "dense", title: "dense", grid: GRID, heads: HEADS, permuted: false },
    ...{ file: variant("dense"), variant: "dense", params: {} },
  },
  {
    ...{ id: "natten", title: "centred window 18 x 24 x 24", grid: [30, 48, 80], heads: { 128: 24 }, permuted: true },
    ...{ file: "bench/gpu/patterns.ts", variant: "centredWindow", params: { depth: 18, height: 24, width: 24 } },
  },
  {
    ...{ id: "causal", title: "frame-causal", grid: GRID, heads: HEADS, permuted: false },
    ...{ file: variant("frame-causal"), variant: "frameCausal", params: {} },
  },
  {
    ...{ id: "i-frames", title: "I-frames (every 8th) + window, 3 frames, radius 6", grid: GRID, heads: HEADS },
    ...{ file: variant("i-frames-window"), variant: "iFramesWindow", permuted: true },
    params: { gop: 8, frames: 3, radius: 6 },
  },
  {
    ...{ id: "strided", title: "strided frames, d = 4", grid: GRID, heads: HEADS, permuted: false },
    ...{ file: variant("strided-frames"), variant: "stridedFrames", params: { stride: 4 } },
  },
];
