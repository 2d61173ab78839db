/** `mscc/compile`: the compiler as a function for programs, and what can be said of a compiled plan. It writes no file. */

import { type KernelKind, KINDS, type Profile, wgslTarget } from "../backends/wgsl/index.js";
import { type Diagnostic, UserError } from "../compiler/diagnostics/diagnostic.js";
import type {
  Dtype,
  Manifest,
  ManifestKernel,
  TensorManifest,
  TensorManifestKernel,
} from "../compiler/plan/manifest.js";
import type { Axes } from "../compiler/plan/pattern.js";
import type { AttentionPlan, TileShapes } from "../compiler/plan/plan.js";
import type { TensorPlan } from "../compiler/plan/tensor.js";
import { planTensor } from "../compiler/schedule/tensor-schedule.js";
import { dimPair } from "./arguments/choices.js";
import { kindsOf } from "./arguments/kinds.js";
import { setValues } from "./arguments/params.js";
import { readDeclared } from "./declared.js";
import type { Session } from "./io.js";
import { compileVariant } from "./kernels.js";
import { tell, throwAny, userError } from "./messages.js";
import { compileOperation, kindsAmong, profileMissing } from "./tensor/kernels.js";

export { type Diagnostic, UserError } from "../compiler/diagnostics/diagnostic.js";
export { type CountInput, countPairs, type PairCount } from "../compiler/plan/count.js";
export { describeLoops } from "../compiler/plan/describe.js";
export type { AttentionPlan, TileShapes } from "../compiler/plan/plan.js";
export type { TensorPlan } from "../compiler/plan/tensor.js";

export interface CompileFileOptions {
  /** Length of query and key vectors, 1 to 256; by default 64. */
  readonly headDim?: number;
  /** Length of value vectors, 1 to 256; by default the head dim. */
  readonly valueDim?: number;
  /** Kind of the kernel, with its dtype; by default the baseline of `dtype`, which any device runs that stores it. */
  readonly profile?: Profile;
  /** How q, k, v and the output are stored; by default f32, or what the profile stores. */
  readonly dtype?: Dtype;
  /** Of a profile with subgroups: the least number of invocations that they have; by default 8. */
  readonly subgroupSize?: number;
  /** Values of params to compile in; the others stay uniforms. */
  readonly constants?: { readonly [name: string]: number };
  /** Extents of the tiles, one per axis, whose products are what the kernel holds; by default the documented ones. */
  readonly tiles?: TileShapes;
}

export type CompileTensorOptions = Pick<CompileFileOptions, "profile" | "dtype" | "subgroupSize" | "constants">;

/** A kernel of a tensor operation as `createTensorKernel` and `runTensor` of `mscc/runtime` take it, and the plan behind it. */
export interface CompiledTensorFile {
  readonly manifest: TensorManifest;
  readonly kernel: TensorManifestKernel;
  /** WGSL. */
  readonly code: string;
  readonly plan: TensorPlan;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A kernel as `createKernel` and `runAttention` of `mscc/runtime` take it, and the plan behind it. */
export interface CompiledFile {
  readonly manifest: Manifest;
  readonly kernel: ManifestKernel;
  /** WGSL. */
  readonly code: string;
  /** WGSL of the kernel that joins the splits of a launch. */
  readonly merge: string;
  readonly plan: AttentionPlan;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The commands' view of this process; nothing is shown, since all diagnostics are returned or thrown. */
const session = (): Session => ({
  io: { stdout: process.stdout, stderr: process.stderr, cwd: process.cwd() },
  argv: [],
  exitWith: () => {},
});

/** Tiles of another size, or of other axes, would not be those that the kernel computes. */
function checkTiles(tiles: TileShapes, { query, key }: Axes, problems: Diagnostic[]): void {
  const sides = [
    ["query", query, wgslTarget.queriesPerTile],
    ["key", key, wgslTarget.keysPerTile],
  ] as const;
  for (const [side, axes, holds] of sides) {
    const given = tiles[side];
    const isLegal = given.length === axes.length && given.every((extent) => Number.isInteger(extent) && extent > 0);
    const volume = given.reduce((product, extent) => product * extent, 1);
    if (!isLegal || volume !== holds) problems.push(tell("tile-shape", { side, given, axes, holds }));
  }
}

const USUAL_SUBGROUP = 8;

/** The one kind that is asked for: where nothing is said of a profile, the one that needs least. */
function kindFor(options: CompileFileOptions, problems: Diagnostic[]): KernelKind {
  const { profile, dtype, subgroupSize } = options;
  const kinds = kindsOf({ ...(profile ? { profile } : {}), ...(dtype ? { dtype } : {}) }, problems);
  const sizes = kinds.filter((kind) => kind.subgroupSize === (subgroupSize ?? USUAL_SUBGROUP));
  const [kind] = subgroupSize === undefined && profile === undefined ? kinds.slice(-1) : sizes;
  if (kind) return kind;
  const known = kinds.flatMap((each) => (each.subgroupSize === undefined ? [] : [String(each.subgroupSize)]));
  if (subgroupSize !== undefined && problems.length === 0) {
    problems.push(tell("choice-unknown", { option: "subgroupSize", given: String(subgroupSize), known }));
  }
  return kinds[0] ?? (KINDS[0] as KernelKind);
}

/** The values of constants, checked against the declaration's params. */
function constantsOf(
  declared: Parameters<typeof setValues>[0][number],
  constants: CompileFileOptions["constants"] = {},
): ReadonlyMap<string, number> {
  const problems: Diagnostic[] = [];
  const texts = Object.entries(constants).map(([param, value]) => `${param}=${value}`);
  const [values = new Map<string, number>()] = setValues([declared], texts, problems);
  throwAny(problems);
  return values;
}

/**
 * Compiles one exported pattern of a TypeScript file, which is read and never executed.
 * @throws UserError with every diagnostic: of the file, of the dims, of the constants.
 */
export async function compileFile(file: string, name: string, options: CompileFileOptions = {}): Promise<CompiledFile> {
  const { headDim = 64, valueDim, constants, tiles } = options;
  const problems: Diagnostic[] = [];
  const dims = dimPair(String(headDim), valueDim === undefined ? undefined : String(valueDim), problems);
  const kind = kindFor(options, problems);
  throwAny(problems);
  const { patterns, tensors, diagnostics } = await readDeclared(file, [name], session());
  throwAny(diagnostics);
  const [pattern] = patterns;
  if (tensors.length > 0) {
    const facts = { command: "compileFile", does: "compiles attention patterns", help: "`compileTensor` compiles it" };
    throw userError("other-kind", { names: [name], isTensor: true, ...facts });
  }
  if (!pattern) throw new Error(`${file} was read, and '${name}' neither translated nor refused`);
  const values = constantsOf(pattern, constants);
  if (tiles) checkTiles(tiles, pattern.axes, problems);
  throwAny(problems);
  const schedules = [tiles ? { tiles } : {}];
  const compiled = compileVariant(pattern, {
    dims: [dims],
    constants: values,
    schedules,
    cwd: process.cwd(),
    kinds: [kind],
  });
  const [made] = compiled.kernels;
  if (!made) throw new Error("no kernel was made");
  const { plans, manifest, warnings } = compiled;
  const [plan] = plans;
  if (!plan) throw new Error("no plan was made");
  return { manifest, ...made, plan, diagnostics: [...diagnostics, ...warnings] };
}

/**
 * Compiles one exported tensor operation of a TypeScript file, which is read and never executed.
 * @throws UserError with every diagnostic: of the file, of the constants, of the profile.
 */
export async function compileTensor(
  file: string,
  name: string,
  options: CompileTensorOptions = {},
): Promise<CompiledTensorFile> {
  const { profile = "baseline", dtype, subgroupSize = USUAL_SUBGROUP, constants } = options;
  const problems: Diagnostic[] = [];
  const stores = profile === "baseline" && dtype === "f16" ? "f16" : profile;
  const kinds = kindsOf({ profile: stores, ...(dtype ? { dtype } : {}) }, problems);
  throwAny(problems);
  const { tensors, diagnostics } = await readDeclared(file, [name], session());
  throwAny(diagnostics);
  const [tensor] = tensors;
  if (!tensor) {
    const facts = { command: "compileTensor", does: "compiles tensor operations", help: "`compileFile` compiles it" };
    throw userError("other-kind", { names: [name], isTensor: false, ...facts });
  }
  const values = constantsOf(tensor, constants);
  const found = kindsAmong(planTensor(tensor), kinds);
  if (found.length === 0) throw new UserError([profileMissing(planTensor(tensor), kinds, false)]);
  const { manifest, kernels, plan, warnings } = compileOperation(tensor, {
    kinds,
    constants: values,
    cwd: process.cwd(),
  });
  const isWanted = ({ kernel }: (typeof kernels)[number]) =>
    kernel.subgroupSize === undefined || kernel.subgroupSize === subgroupSize;
  const made = kernels.find(isWanted);
  if (!made) {
    const known = kernels.map(({ kernel }) => String(kernel.subgroupSize));
    throw userError("choice-unknown", { option: "subgroupSize", given: String(subgroupSize), known });
  }
  return { manifest, ...made, plan, diagnostics: [...diagnostics, ...warnings] };
}
