/** Whether the kernels that `profiles.ts` times compute attention: held against the declared function as `mscc verify` does it. */
import { type Gpu, runAttention } from "mscc/runtime";
import { type Comparison, compare } from "../cli/verify/compare.js";
import type { Scene } from "../cli/verify/scene.js";
import { prepare } from "../cli/verify/verify.js";
import type { Dtype } from "../compiler/plan/manifest.js";
import type { CompiledKernel } from "../runtime/launcher/index.js";
import { type Case, DIM, type Grid } from "./cases.js";
import { type KindOnAdapter, type Made, tilesText } from "./profile-kernels.js";

/** Primes: no tile fits. */
export const CHECKED_GRID: Grid = [5, 7, 11];
const HEADS = 2;
const KEY_HEADS = 1;
const SEED = 1;

/** The worst element, beside what `mscc verify` allows. */
export type Measured = Pick<Comparison, "error" | "tolerance">;

/** One kernel on the grid of primes. */
export interface Check {
  readonly pattern: string;
  /** The name of the kind, and what it stores. */
  readonly kind: string;
  readonly dtype: Dtype;
  readonly tiles: string;
  readonly output?: Measured;
  readonly lse?: Measured;
  readonly passed: boolean;
  /** Why it did not run. */
  readonly fault?: string;
}

type Truth = ReturnType<typeof prepare>;
const truths = new Map<string, Truth>();

function truthOf(of: Case, dtype: Dtype): Truth {
  const known = truths.get(`${of.name} ${dtype}`);
  if (known) return known;
  const zero = CHECKED_GRID.map(() => 0);
  const sides = { q: CHECKED_GRID, k: CHECKED_GRID };
  const heads = { heads: HEADS, keyHeads: KEY_HEADS };
  const scene: Scene = {
    ...{ size: sides, extent: sides, offset: { q: zero, k: zero }, batches: 2 },
    ...{ ...heads, params: of.params },
  };
  const dims = { headDim: DIM, valueDim: DIM };
  const request = { ...dims, ...heads, seed: SEED, kind: { dtype }, params: of.params, tables: {} };
  const truth = prepare(of, of.declaration, scene, request);
  truths.set(`${of.name} ${dtype}`, truth);
  return truth;
}

const measured = ({ error, tolerance }: Comparison): Measured => ({ error, tolerance });

export const faultText = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").trim();

async function compared(gpu: Gpu, of: Case, compiled: CompiledKernel) {
  const { dtype } = compiled.kernel;
  const { input, want, plain } = truthOf(of, dtype);
  const got = await runAttention(gpu, compiled, { ...input, tables: {} });
  const output = compare(got.output, plain.output, want.output, got.outputShape, dtype);
  const lse = compare(got.lse, plain.lse, want.lse, got.outputShape.slice(0, -1));
  return { output: measured(output), lse: measured(lse), passed: output.passed && lse.passed };
}

/** Checks one kernel of a pattern; what throws has failed. */
export async function checkKernel(gpu: Gpu, { of, tiles }: Made, kind: KindOnAdapter, compiled: CompiledKernel) {
  const about = { pattern: of.title, kind: kind.name, dtype: kind.dtype, tiles: tilesText(tiles) };
  try {
    return { ...about, ...(await compared(gpu, of, compiled)) } satisfies Check;
  } catch (error) {
    return { ...about, passed: false, fault: faultText(error) } satisfies Check;
  }
}
