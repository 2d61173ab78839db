/** What is measured: patterns, and the grids that they run on. */
import type { AnyAttention } from "../dsl/index.js";
import { dense } from "../dsl/variants/dense.js";
import { frameCausal } from "../dsl/variants/frame-causal.js";
import { lightCone } from "../dsl/variants/light-cone.js";
import { localWindow } from "../dsl/variants/local-window.js";
import { stridedFrames } from "../dsl/variants/strided-frames.js";

export const HEADS = 2;
export const DIM = 64;

export type Grid = readonly [t: number, y: number, x: number];
export interface Position {
  readonly t: number;
  readonly y: number;
  readonly x: number;
}

/** A pattern with its params, and the declared function itself as a test of two positions. */
export interface Case {
  readonly title: string;
  readonly file: string;
  readonly name: string;
  readonly params: { readonly [name: string]: number };
  readonly attends: (q: Position, k: Position) => boolean;
  readonly declaration: AnyAttention;
}

/** What the declared functions could read besides positions and params, and do not here. */
const origin: Position = { t: 0, y: 0, x: 0 };
const [head, batch, size] = [0, 0, { q: origin, k: origin }];

const window = { frames: 3, radius: 3 };
const cone = { frames: 3, radius: 2, speed: 1 };
const stride = { stride: 4 };

// A mask calls these for every pair: literals, since spreading an object takes ten times as long as all the rest.

export const DENSE: Case = {
  ...{ title: "dense", file: "dense.ts", name: "dense", params: {} },
  declaration: dense,
  attends: (q, k) => dense.attend({ q, k, head, batch, size }),
};
export const WINDOW: Case = {
  ...{ title: "window", file: "local-window.ts", name: "localWindow", params: window },
  declaration: localWindow,
  attends: (q, k) => localWindow.attend({ q, k, head, batch, size, frames: window.frames, radius: window.radius }),
};
export const CONE: Case = {
  ...{ title: "light cone", file: "light-cone.ts", name: "lightCone", params: cone },
  declaration: lightCone,
  attends: (q, k) =>
    lightCone.attend({ q, k, head, batch, size, frames: cone.frames, radius: cone.radius, speed: cone.speed }),
};
export const CASES: readonly Case[] = [
  DENSE,
  {
    ...{ title: "frame-causal", file: "frame-causal.ts", name: "frameCausal", params: {} },
    declaration: frameCausal,
    attends: (q, k) => frameCausal.attend({ q, k, head, batch, size }),
  },
  WINDOW,
  CONE,
  {
    ...{ title: "strided frames", file: "strided-frames.ts", name: "stridedFrames", params: stride },
    declaration: stridedFrames,
    attends: (q, k) => stridedFrames.attend({ q, k, head, batch, size, stride: stride.stride }),
  },
];

/** 512 to 8,192 tokens. */
export const LADDER: readonly Grid[] = [
  [8, 8, 8],
  [8, 16, 16],
  [8, 16, 32],
  [8, 32, 32],
];

/** 2,048 to 131,072 tokens: a clip that grows longer, so that the borders of a frame weigh the same throughout. */
export const GROWTH: readonly Grid[] = [8, 16, 32, 64, 128, 256, 512].map((t) => [t, 16, 16]);

/** A grid whose dense mask is known to be refused somewhere, and yet fits in the memory of a host: 1.6 GiB. */
export const MASK_GRID: Grid = [20, 32, 32];

export const tokensOf = (grid: readonly number[]): number => grid.reduce((so, extent) => so * extent, 1);

/** The position of a token, row-major. */
export const positionOf = (token: number, [, y, x]: Grid): Position => ({
  t: Math.floor(token / (y * x)),
  y: Math.floor(token / x) % y,
  x: token % x,
});
