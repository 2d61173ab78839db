/** Which of a manifest's kernels a device runs best, and in words why none of the better ones. */
import type { Manifest, ManifestKernel } from "../../compiler/plan/manifest.js";
import { lacking, type SubgroupInfo } from "./device.js";
import { kernelName } from "./kernel.js";
import { LaunchError, type Problem, problem, type Subject } from "./messages.js";
import { kindName } from "./pipeline.js";
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

/** What the text of a choice names. */
export interface Chooser<T extends Needs> {
  readonly name: string;
  /** The kernel as what is compiled lists it: `headDim 64, f32, baseline`. */
  readonly describe: (kernel: T) => string;
  /** The kernel in messages. */
  readonly nameOf: (kernel: T) => string;
  readonly subject: Subject;
}

/**
 * The kernels whose fields have the values that are asked for.
 * @throws LaunchError where none has.
 */
export function candidatesOf<T extends Needs>(
  { name, describe, subject }: Chooser<T>,
  kernels: readonly T[],
  asked: { readonly [field in keyof T]?: T[field] | undefined },
): readonly [T, ...T[]] {
  const keys = (Object.keys(asked) as (keyof T & string)[]).filter((key) => asked[key] !== undefined);
  const [first, ...more] = kernels.filter((kernel) => keys.every((key) => kernel[key] === asked[key]));
  if (first) return [first, ...more];
  const texts = keys.map((key) => `${key} ${asked[key]}`);
  throw new LaunchError(`mscc ${name}`, [problem("no-kernel", texts, [...new Set(kernels.map(describe))], subject)]);
}

/**
 * Every kernel with what the device lacks for it, best first, the first that runs, and why none before it.
 * @throws LaunchError where none runs: with what the device lacks for the one that needs least.
 */
export function chooseAmong<T extends Needs>(device: GPUDevice, kernels: readonly [T, ...T[]], { nameOf }: Chooser<T>) {
  const assessed = assess(device, kernels, device.adapterInfo);
  const { kernel, why } = firstToRun(assessed);
  if (kernel) return { assessed, kernel, why };
  const { kernel: least, lacks } = assessed.at(-1) as Assessed<T>;
  throw new LaunchError(nameOf(least), lacks);
}

/** @throws LaunchError where the manifest is of a version that this launcher does not read. */
export function checkSchema({ name, schema }: { readonly name: string; readonly schema: number }, subject: Subject) {
  if (schema !== 1) throw new LaunchError(`mscc ${name}`, [problem("schema", schema, subject)]);
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

const chooserOf = (manifest: Manifest): Chooser<ManifestKernel> => ({
  name: manifest.name,
  describe: ({ headDim, valueDim, dtype, profile }) =>
    [`headDim ${headDim}`, ...(valueDim === headDim ? [] : [`valueDim ${valueDim}`]), dtype, profile].join(", "),
  nameOf: (kernel) => kernelName({ manifest, kernel }),
  subject: "pattern",
});

/**
 * The choice among all kernels of a manifest; the order there is the order of preference.
 * @throws LaunchError where none is compiled that fits, or with what the device lacks for the one that needs least.
 */
export function chooseKernels(manifest: Manifest, device: GPUDevice, options: Choosing = {}): Choice {
  checkSchema(manifest, "pattern");
  const { headDim, valueDim, dtype, profile } = options;
  const chooser = chooserOf(manifest);
  const wanted = candidatesOf(chooser, manifest.kernels, { headDim, valueDim, dtype, profile });
  const like = wanted.find((each) => each.dtype === "f32") ?? wanted[0];
  const isLike = (each: ManifestKernel) => dimsOf(each) === dimsOf(like) && each.dtype === like.dtype;
  const alike = [like, ...wanted.filter((each) => each !== like && isLike(each))] as const;
  const { assessed, kernel, why } = chooseAmong(device, alike, chooser);
  const kinds = new Map<string, [ManifestKernel, ...ManifestKernel[]]>();
  for (const { kernel: each, lacks } of assessed) {
    if (lacks.length > 0) continue;
    const own = kinds.get(kindName(each));
    if (own) own.push(each);
    else kinds.set(kindName(each), [each]);
  }
  const reason = profile === undefined ? why : "as asked for";
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
