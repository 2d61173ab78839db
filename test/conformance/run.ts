/** Runs cases on a backend and holds each against the declared function in float64, beside a plain float32 program. */
import { worst } from "../../cli/verify/compare.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { EMPTY_LSE, reference } from "../../dsl/index.js";
import { type Case, type Layout, nameOf } from "./cases.js";
import { type Laid, lay, layoutsOf } from "./layouts.js";
import { plainAttention, type Result } from "./plain.js";
import { roundedAttention } from "./rounded.js";
import { type Scene, sceneOf } from "./scene.js";
import { ROUNDOFF, roundTo, type Stored } from "./sixteen-bit.js";
import { variantOf } from "./variants.js";

/** What a backend gets: operands in some layout, everything else given. */
export interface BackendInput extends Omit<Scene, "q" | "k" | "v"> {
  readonly q: Laid;
  readonly k: Laid;
  readonly v: Laid;
  /** How output and LSE should lie in memory, where the backend can choose; its results are row-major all the same. */
  readonly outputLayout: Layout;
}

export interface Backend {
  readonly name: string;
  /** How it stores q, k, v and the output, which get values that the dtype holds. By default f32. */
  readonly dtype?: Stored;
  /** How it rounds what it stores in 16 bits; by default either way, as WGSL leaves open. */
  readonly rounds?: "either way" | "to nearest";
  /** Whether weights are rounded to the dtype, to the nearest, before they multiply the values. By default they are not. */
  readonly roundsWeights?: boolean;
  /** The plan that it makes of a variant's pattern: size classes speak of its tiles. By default the variant's. */
  planFor?(plan: AttentionPlan, headDim: number, valueDim: number): AttentionPlan;
  /** `pairs` that attend, where the backend counts them. */
  run(plan: AttentionPlan, input: BackendInput): Promise<Result & { readonly pairs?: number }>;
}

/** Largest errors of one tensor, and the largest size of its values. */
export interface Errors {
  readonly backend: number;
  readonly plain: number;
  readonly size: number;
  /** The backend's error as a part of what is allowed. */
  readonly used: number;
}

/** A backend may err four times as much as the plain program, or by this part of the largest value: 8 units in the last place. */
const MULTIPLE = 4;
const FLOOR = 8 * 2 ** -24;

type Rounding = Pick<Backend, "dtype" | "rounds" | "roundsWeights">;

/** And where it stores 16 bits, by what that may change: half a unit in the last place, or a whole one rounded either way. */
export const storingOf = ({ dtype = "f32", rounds = "either way" }: Rounding): number =>
  dtype === "f32" ? 0 : ROUNDOFF[dtype] * (rounds === "to nearest" ? 1 : 2);

/** What the plain program gave, and by how much others may differ whose weights are rounded elsewhere. */
interface Plain extends Result {
  readonly spread: number;
}

/**
 * `spread` is an error that the plain program could have made as well; `storing` the part of the largest value that
 * rounding on the way to memory may change.
 */
export function errorsOf(
  got: ArrayLike<number>,
  plain: ArrayLike<number>,
  want: Float64Array,
  { spread = 0, storing = 0 }: { readonly spread?: number; readonly storing?: number } = {},
): Errors {
  const size = want.reduce((most, value) => (value === EMPTY_LSE ? most : Math.max(most, Math.abs(value))), 0);
  const [backend, ofPlain] = [worst(got, want).error, Math.max(worst(plain, want).error, spread)];
  const allowed = MULTIPLE * ofPlain + FLOOR * Math.max(size, 1) + storing * size;
  return { backend, plain: ofPlain, size, used: backend / allowed };
}

/** What a scene must give, exactly and as the plain program has it, whose weights are rounded as the backend's are. */
export function expected(variant: string, scene: Scene, { dtype = "f32", roundsWeights = false }: Rounding = {}) {
  const { declaration } = variantOf(variant);
  const plain: Plain = roundsWeights
    ? roundedAttention(declaration, scene, dtype)
    : { ...plainAttention(declaration, scene), spread: 0 };
  return { want: reference(declaration, scene), plain };
}

let last: { readonly key: string; readonly scene: Scene; readonly results: ReturnType<typeof expected> } | undefined;

/** A scene of values that a dtype can store. */
export function storable(scene: Scene, dtype: Stored = "f32"): Scene {
  if (dtype === "f32") return scene;
  const round = ({ shape, data }: Scene["q"]) => ({ shape, data: Float32Array.from(data, roundTo[dtype]) });
  return { ...scene, q: round(scene.q), k: round(scene.k), v: round(scene.v) };
}

/** A case in numbers and what it must give. Cases that differ in layout alone share it, one after the other. */
function prepared(each: Case, backend: Backend, plan: AttentionPlan) {
  const { dtype, roundsWeights } = backend;
  const key = JSON.stringify([dtype, roundsWeights, plan.tiles, nameOf({ ...each, layout: "dense" })]);
  if (last?.key !== key) {
    const scene = storable(sceneOf(each, undefined, plan), dtype);
    last = { key, scene, results: expected(each.variant, scene, backend) };
  }
  return last;
}

export interface Outcome {
  readonly output: Errors;
  readonly lse: Errors;
  /** Query rows that see no key. */
  readonly blind: number;
  readonly faults: readonly string[];
}

/** Rows that see no key must give exactly 0, and the LSE that says so; no other row may. */
function blindRows(got: Result, want: { readonly lse: Float64Array }, valueDim: number) {
  const faults: string[] = [];
  let blind = 0;
  for (const [row, lse] of want.lse.entries()) {
    if ((lse === EMPTY_LSE) !== (got.lse[row] === EMPTY_LSE))
      faults.push(`row ${row}: LSE ${got.lse[row]}, not ${lse}`);
    if (lse !== EMPTY_LSE) continue;
    blind++;
    const values = got.output.subarray(row * valueDim, (row + 1) * valueDim);
    if (!values.every((value) => value === 0)) faults.push(`row ${row} sees nothing, but its output is not 0`);
  }
  return { blind, faults };
}

export async function runCase(backend: Backend, each: Case): Promise<Outcome> {
  const { plan: given } = variantOf(each.variant);
  const plan = backend.planFor?.(given, each.headDim, each.valueDim) ?? given;
  const { scene, results } = prepared(each, backend, plan);
  const { want, plain } = results;
  const [ofQ, ofK, ofV] = layoutsOf(each.layout);
  const operands = { q: lay(ofQ, scene.q), k: lay(ofK, scene.k), v: lay(ofV, scene.v) };
  const got = await backend.run(plan, { ...scene, ...operands, outputLayout: ofK });
  const { blind, faults } = blindRows(got, want, each.valueDim);
  const [output, lse] = [
    errorsOf(got.output, plain.output, want.output, { spread: plain.spread, storing: storingOf(backend) }),
    errorsOf(got.lse, plain.lse, want.lse),
  ];
  for (const [what, { used, backend: error, plain: ofPlain }] of Object.entries({ output, lse })) {
    if (!(used <= 1)) faults.push(`${what}: error ${error}, of the plain program ${ofPlain}`);
  }
  if (got.pairs !== undefined && got.pairs !== want.pairs) faults.push(`${got.pairs} pairs attend, not ${want.pairs}`);
  return { output, lse, blind, faults };
}
