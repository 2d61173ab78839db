/** One comparison: the kernel of a pattern against its declared function in float64, on random inputs. */

import { resolve } from "node:path";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { type AnyAttention, reference, type TableData } from "../../dsl/index.js";
import { throughHalves } from "../../runtime/half.js";
import { openGpu, runAttention } from "../../runtime/index.js";
import { adapterName } from "../adapter-name.js";
import type { Dims } from "../arguments/choices.js";
import type { Grids } from "../arguments/grids.js";
import { isOnTrial, type KindChoice } from "../arguments/kinds.js";
import { compileForDevice } from "../device-kernel.js";
import { line, type Session } from "../io.js";
import { tell, throwAny, userError } from "../messages.js";
import type { TableArray } from "../operands.js";
import { withProgress } from "../progress.js";
import { type Comparison, compare } from "./compare.js";
import { drawOperand, drawTables } from "./draw.js";
import { executeDeclaration } from "./execute.js";
import { plainAttention } from "./plain.js";
import { product, type Scene } from "./scene.js";

export interface VerifyRequest extends Dims {
  readonly file: string;
  readonly grids: Grids;
  readonly heads: number;
  readonly keyHeads: number;
  readonly seed: number;
  readonly kind: KindChoice;
  readonly params: { readonly [name: string]: number };
  readonly tables: { readonly [name: string]: TableArray };
}

export interface Verdict {
  readonly variant: string;
  readonly grid: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly batches: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim: number;
  readonly valueDim: number;
  readonly seed: number;
  readonly dtype: string;
  readonly profile: string;
  /** `baseline`, or `subgroups of 8`. */
  readonly kind: string;
  readonly adapter: string;
  /** Pairs that attend, over batches and heads, and all pairs. */
  readonly pairs: number;
  readonly allPairs: number;
  readonly output: Comparison;
  readonly lse: Comparison;
  readonly passed: boolean;
}

const BATCHES = 2;
/** Small, and mostly no multiple of a tile; by number of axes. */
const QUERY_EXTENTS: readonly (readonly number[])[] = [[], [67], [13, 19], [7, 6, 9], [4, 3, 5, 6]];
const KEY_EXTENTS: readonly (readonly number[])[] = [[], [41], [9, 10], [7, 3, 5], [4, 2, 3, 4]];
const LARGEST_WORK = 2e7;

/** All pairs that the operands hold, over batches and heads. */
const pairsOf = ({ extent, batches, heads }: Scene) => product(extent.q) * product(extent.k) * batches * heads;

/** The scene of a request: grids that were given, else small ones. */
export function sceneOf(
  { name, axes }: Pick<Pattern, "name" | "axes">,
  { grids, heads, keyHeads, params }: Pick<VerifyRequest, "grids" | "heads" | "keyHeads" | "params">,
): Scene {
  const problems: Diagnostic[] = [];
  if (!axes.shared && (grids.q === undefined) !== (grids.k === undefined)) {
    problems.push(tell("grid-key-missing", { pattern: name, axes: axes.key }));
  }
  const q = grids.q ?? (QUERY_EXTENTS[axes.query.length] as readonly number[]);
  const k = axes.shared ? q : (grids.k ?? (KEY_EXTENTS[axes.key.length] as readonly number[]));
  const zeros = (axis: readonly string[]) => axis.map(() => 0);
  const offset = { q: grids.queryOffset ?? zeros(axes.query), k: grids.keyOffset ?? zeros(axes.key) };
  for (const [side, option, size] of [["q", "--query-offset", q] as const, ["k", "--key-offset", k] as const]) {
    for (const [i, axis] of axes[side === "q" ? "query" : "key"].entries()) {
      const [first, extent] = [offset[side][i] as number, size[i] as number];
      if (first >= extent) problems.push(tell("grid-offset-outside", { option, axis, offset: first, extent }));
    }
  }
  throwAny(problems);
  const toTheEnd = (size: readonly number[], first: readonly number[]) => size.map((n, i) => n - (first[i] as number));
  const extent = { q: toTheEnd(q, offset.q), k: toTheEnd(k, offset.k) };
  const scene = { size: { q, k }, extent, offset, batches: BATCHES, heads, keyHeads, params };
  const pairs = pairsOf(scene);
  if (pairs > LARGEST_WORK) throw userError("verify-too-large", { pairs, limit: LARGEST_WORK });
  return scene;
}

/** Calls the user's functions; what they throw is the user's to mend. */
export function calling<T>(name: string, work: () => T, isTensor = false): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && !("diagnostics" in error)) {
      throw userError("verify-reference", { name, reason: error.message, isTensor });
    }
    throw error;
  }
}

/** Inputs, what they should give, and what a plain float32 program makes of them. */
export function prepare(
  pattern: Pick<Pattern, "name">,
  declaration: AnyAttention,
  scene: Scene,
  request: Omit<VerifyRequest, "file" | "grids">,
) {
  const { headDim, valueDim, heads, keyHeads, seed, params, kind } = request;
  const { q: queries, k: keys } = scene.extent;
  // What the kernel reads is what the function is asked about: its storage of inputs is no error.
  const stored = (data: Float32Array<ArrayBuffer>) => (kind.dtype === "f32" ? data : throughHalves(data));
  const operand = (which: number, shape: readonly number[]) => ({
    shape,
    data: stored(drawOperand(seed, which, shape)),
  });
  const q = operand(-1, [BATCHES, heads, ...queries, headDim]);
  const k = operand(-2, [BATCHES, keyHeads, ...keys, headDim]);
  const v = operand(-3, [BATCHES, keyHeads, ...keys, valueDim]);
  return calling(pattern.name, () => {
    const tables = drawTables(declaration, scene, request.tables, seed);
    const positions = { size: scene.size, queryOffset: scene.offset.q, keyOffset: scene.offset.k };
    const input = { q, k, v, params, tables, ...positions };
    const want = reference(declaration, input);
    const plain = plainAttention(declaration, scene, { q, k, v, tables });
    return { input, want, plain };
  });
}

/** Tables as the launcher takes them. */
const packed = (pattern: Pattern, tables: { readonly [name: string]: TableData }) =>
  Object.fromEntries(
    pattern.tables.map(({ name, type }) => {
      const { shape, data } = tables[name] as TableData;
      return [name, { shape, data: type === "int" ? Int32Array.from(data) : Float32Array.from(data) }] as const;
    }),
  );

export async function verify(pattern: Pattern, request: VerifyRequest, session: Session): Promise<Verdict> {
  const { io } = session;
  const { headDim, valueDim, heads, keyHeads, seed, kind, params } = request;
  const scene = sceneOf(pattern, request);
  line(io.stderr, `mscc verify executes ${request.file} to call its functions`);
  const declaration = await executeDeclaration(resolve(io.cwd, request.file), pattern.name, request.file, "attention");
  const { input, want, plain } = prepare(pattern, declaration, scene, request);
  const gpu = await openGpu({ experimental: isOnTrial(kind) });
  try {
    const given = { ...input, tables: packed(pattern, input.tables) };
    const setting = { size: scene.size, params, tables: given.tables };
    const compiled = compileForDevice(pattern, gpu, { headDim, valueDim, ...kind, setting }, io);
    const work = () => runAttention(gpu, compiled, given);
    const got = await withProgress(io, `running ${pattern.name} ...`, work);
    const output = compare(got.output, plain.output, want.output, got.outputShape, kind.dtype);
    const lse = compare(got.lse, plain.lse, want.lse, got.outputShape.slice(0, -1));
    const facts = {
      batches: BATCHES,
      heads,
      keyHeads,
      headDim,
      valueDim,
      seed,
      dtype: compiled.kernel.dtype,
      profile: compiled.kernel.profile,
      kind: compiled.kind,
      adapter: adapterName(gpu),
    };
    const passed = output.passed && lse.passed;
    const counts = { pairs: want.pairs, allPairs: pairsOf(scene) };
    return { variant: pattern.name, grid: scene.size, ...facts, ...counts, output, lse, passed };
  } finally {
    gpu.close();
  }
}
