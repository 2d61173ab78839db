/** The kernels that `profiles.ts` compares: every kind there is, of a pattern with the tiles that are chosen for a grid. */
import { type Gpu, kindName, lacking, requestAdapter } from "mscc/runtime";
import { ALL_KINDS, type KernelKind, TRIAL_KINDS, wgslTarget } from "../backends/wgsl/index.js";
import { compileVariant } from "../cli/kernels.js";
import type { AttentionPlan, TileShapes } from "../compiler/plan/plan.js";
import { chooseTiles } from "../compiler/schedule/choose.js";
import type { CompiledKernel, ManifestKernel } from "../runtime/launcher/index.js";
import { type Case, DENSE, DIM, type Grid } from "./cases.js";
import { patternOf, root } from "./own.js";

/** A kind of kernel as the adapter sees it. */
export interface KindOnAdapter {
  readonly kind: KernelKind;
  /** `baseline`, or `subgroups of 8`. */
  readonly name: string;
  readonly dtype: "f32" | "f16";
  /** Never chosen where it is not named. */
  readonly onTrial: boolean;
  /** It runs with features alone that Dawn keeps for trials. */
  readonly experimental: boolean;
  /** One line: what the device lacks; absent where it runs. */
  readonly lacks?: string;
}

/** A pattern with the tiles for some grid, compiled for every kind that the device runs. */
export interface Made {
  readonly of: Case;
  readonly tiles: TileShapes;
  readonly plan: AttentionPlan;
  readonly kernels: readonly { readonly kind: KindOnAdapter; readonly compiled: CompiledKernel }[];
}

/** What `mscc compile --grid` takes to choose, divided by ten: of large grids a smaller crop is counted. */
const STEPS = 2_000_000;

const DIMS = [{ headDim: DIM, valueDim: DIM }];

export async function kindsOn(gpu: Gpu): Promise<KindOnAdapter[]> {
  const request = { dims: DIMS, kinds: ALL_KINDS, cwd: root };
  const { kernels } = compileVariant(await patternOf(DENSE), request);
  const plain = await requestAdapter();
  return ALL_KINDS.map((kind, i): KindOnAdapter => {
    const kernel = kernels[i]?.kernel as ManifestKernel;
    const lacks = lacking(gpu.device, kernel, gpu.device.adapterInfo);
    const line = lacks.map(({ message }) => message.replaceAll("the device", "the adapter")).join(", ");
    return {
      ...{ kind, name: kindName(kernel), dtype: kind.dtype, onTrial: TRIAL_KINDS.includes(kind) },
      experimental: lacks.length === 0 && lacking(plain, kernel, plain.info).length > 0,
      ...(lacks.length > 0 ? { lacks: line } : {}),
    };
  });
}

export async function tilesFor(of: Case, grid: Grid): Promise<TileShapes> {
  const input = { size: { q: grid, k: grid }, params: of.params };
  return chooseTiles(await patternOf(of), wgslTarget, input, STEPS).tiles;
}

export async function make(of: Case, tiles: TileShapes, kinds: readonly KindOnAdapter[]): Promise<Made> {
  const request = { dims: DIMS, kinds: kinds.map(({ kind }) => kind), schedules: [{ tiles }], cwd: root };
  const { manifest, kernels, plans } = compileVariant(await patternOf(of), request);
  const [plan] = plans;
  if (!plan) throw new Error("no plan was made");
  const made = kernels.map((each, i) => ({ kind: kinds[i] as KindOnAdapter, compiled: { manifest, ...each } }));
  return { of, tiles, plan, kernels: made };
}

/** `1 x 4 x 8 queries, 1 x 2 x 16 keys`. */
export const tilesText = ({ query, key }: TileShapes): string =>
  `${query.join(" x ")} queries, ${key.join(" x ")} keys`;
