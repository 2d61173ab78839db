/** Which of a manifest's kernels a device runs best, and in words why none of the better ones. */
import type { Manifest, ManifestKernel } from "../../compiler/plan/manifest.js";
import { lacking, type SubgroupInfo } from "./device.js";
import { kernelName, kindName } from "./kernel.js";
import { LaunchError, type Problem, problem } from "./messages.js";
import type { BindOptions, Choosing } from "./types.js";

/** What a kernel, or a kind of kernels, needs of a device. */
export type Needs = Pick<ManifestKernel, "profile" | "subgroupSize" | "subgroupMatrix" | "features" | "limits">;

export interface Assessed<T extends Needs> {
  readonly kernel: T;
  /** What the device lacks for it; empty where it runs. */
  readonly lacks: readonly Problem[];
}

/** Best first: profiles in the order given, and within one those with larger subgroups first. */
function byPreference<T extends Needs>(kernels: readonly T[]): T[] {
  const profiles = kernels.map(({ profile }) => profile);
  return [...kernels].sort(
    (a, b) =>
      profiles.indexOf(a.profile) - profiles.indexOf(b.profile) || (b.subgroupSize ?? 0) - (a.subgroupSize ?? 0),
  );
}

/** What a device, or an adapter, lacks for each kernel, in order of preference. */
export function assess<T extends Needs>(
  device: Pick<GPUAdapter, "features" | "limits">,
  kernels: readonly T[],
  info: SubgroupInfo = {},
): Assessed<T>[] {
  return byPreference(kernels).map((kernel) => ({ kernel, lacks: lacking(device, kernel, info) }));
}

/** One sentence for each kind, or for a profile where what is lacking is the same for all of its kinds. */
export function reasonsOf(assessed: readonly Assessed<Needs>[]): string[] {
  const subjects = new Map<string, { readonly profile: string; readonly text: string; readonly kinds: Set<string> }>();
  for (const { kernel, lacks } of assessed) {
    const { profile } = kernel;
    const text = lacks.map(({ message }) => message).join(", ");
    const subject = subjects.get(`${profile} ${text}`) ?? { profile, text, kinds: new Set() };
    subjects.set(`${profile} ${text}`, subject);
    subject.kinds.add(kindName(kernel));
  }
  return [...subjects.values()].map(
    ({ profile, text, kinds }) => `${kinds.size > 1 ? profile : [...kinds][0]} ${text}`,
  );
}

/** The first that runs, and what is lacking for those before it. */
export function firstToRun<T extends Needs>(
  assessed: readonly Assessed<T>[],
): { readonly kernel?: T; readonly why: string } {
  const at = assessed.findIndex(({ lacks }) => lacks.length === 0);
  const why = reasonsOf(assessed.slice(0, at < 0 ? assessed.length : at)).join("; ");
  const kernel = assessed[at]?.kernel;
  return { why: why || "the first choice, and the device has all it needs", ...(kernel ? { kernel } : {}) };
}

export interface Choice {
  /** The kernels that may be launched, of one kind each, best first; those of one kind differ in their tiles. */
  readonly kinds: readonly (readonly [ManifestKernel, ...ManifestKernel[]])[];
  /** `mscc lightCone runs baseline (f32, d64): subgroups of 8 needs ...`. */
  readonly why: string;
}

const dimsOf = ({ headDim, valueDim }: ManifestKernel) =>
  headDim === valueDim ? `d${headDim}` : `d${headDim}v${valueDim}`;

/** `mscc lightCone runs baseline (f32, d64)`. */
export const runs = ({ name }: Manifest, kernel: ManifestKernel): string =>
  `mscc ${name} runs ${kindName(kernel)} (${kernel.dtype}, ${dimsOf(kernel)})`;

/** The kernels that fit what is asked for, all of one dtype and one pair of dims. */
function candidates({ name, kernels }: Manifest, options: Choosing): ManifestKernel[] {
  const keys = (["headDim", "valueDim", "dtype", "profile"] as const).filter((key) => options[key] !== undefined);
  const wanted = kernels.filter((kernel) => keys.every((key) => kernel[key] === options[key]));
  const first = wanted.find(({ dtype }) => dtype === "f32") ?? wanted[0];
  if (!first) {
    const asked = keys.map((key) => `${key} ${options[key]}`);
    const there = kernels.map(({ headDim, valueDim, dtype, profile }) =>
      [`headDim ${headDim}`, ...(valueDim === headDim ? [] : [`valueDim ${valueDim}`]), dtype, profile].join(", "),
    );
    throw new LaunchError(`mscc ${name}`, [problem("no-kernel", asked, [...new Set(there)])]);
  }
  return wanted.filter((each) => dimsOf(each) === dimsOf(first) && each.dtype === first.dtype);
}

/**
 * The choice among all kernels of a manifest; the order there is the order of preference.
 * @throws LaunchError where none is compiled that fits, or with what the device lacks for the one that needs least.
 */
export function chooseKernels(manifest: Manifest, device: GPUDevice, options: Choosing = {}): Choice {
  const { schema } = manifest as { readonly schema: number };
  if (schema !== 1) throw new LaunchError(`mscc ${manifest.name}`, [problem("schema", schema)]);
  const assessed = assess(device, candidates(manifest, options), device.adapterInfo);
  const { kernel, why } = firstToRun(assessed);
  if (!kernel) {
    const { kernel: least, lacks } = assessed.at(-1) as Assessed<ManifestKernel>;
    throw new LaunchError(kernelName({ manifest, kernel: least }), lacks);
  }
  const kinds = new Map<string, [ManifestKernel, ...ManifestKernel[]]>();
  for (const { kernel: each, lacks } of assessed) {
    if (lacks.length > 0) continue;
    const alike = kinds.get(kindName(each));
    if (alike) alike.push(each);
    else kinds.set(kindName(each), [each]);
  }
  const reason = options.profile === undefined ? why : "as asked for";
  return { kinds: [...kinds.values()], why: `${runs(manifest, kernel)}: ${reason}` };
}

/** The kernel whose grid is nearest by the ratios of extents; what is malformed is left to `bind`. */
export function nearestTo(
  { axes }: Manifest,
  { q, k, size, queryOffset, keyOffset }: Partial<BindOptions>,
  kernels: Choice["kinds"][number],
): ManifestKernel {
  const reach = (operand: BindOptions["q"] | undefined, offset: readonly number[] | undefined) =>
    (operand?.shape ?? []).slice(2, -1).map((n, i) => n + (offset?.[i] ?? 0));
  const queries = size?.q ?? reach(q, queryOffset);
  const keys = size?.k ?? (axes.shared ? queries : reach(k, keyOffset));
  const apart = (grid: readonly number[], own: readonly number[]) =>
    grid.reduce((sum, n, i) => sum + Math.abs(Math.log(n / (own[i] as number))), 0);
  const distances = kernels.map(({ grids = [] }) =>
    Math.min(...grids.map((grid) => apart(grid.q, queries) + apart(grid.k, keys))),
  );
  return kernels[distances.indexOf(Math.min(...distances))] ?? kernels[0];
}
