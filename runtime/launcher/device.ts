/** What the launcher asks of a device: limits, error scopes around every creation, and news of its loss. */
import type { ManifestKernel, TensorManifestKernel } from "../../compiler/plan/manifest.js";
import { LaunchError, type MatrixConfig, type Problem, problem } from "./messages.js";

const SCOPES = ["validation", "out-of-memory", "internal"] as const;

/** What a device, or its adapter, tells of its subgroups. */
export interface SubgroupInfo extends Pick<GPUAdapterInfo, "subgroupMinSize"> {
  readonly subgroupMatrixConfigs?: Iterable<MatrixConfig>;
}

const KEYS_OF_MATRICES = ["componentType", "resultComponentType", "M", "N", "K"] as const;

/** Where the device tells no matrices though it has them, the creation of the pipeline will say whether these are among them. */
function lacksMatrix(
  needed: ManifestKernel["subgroupMatrix"],
  { subgroupMatrixConfigs = [] }: SubgroupInfo,
): Problem[] {
  const listed = [...subgroupMatrixConfigs];
  if (!needed || listed.length === 0) return [];
  const isListed = listed.some((each) => KEYS_OF_MATRICES.every((key) => each[key] === needed[key]));
  return isListed ? [] : [problem("subgroup-matrix", needed, listed)];
}

/** What a device (or an adapter) lacks to run a kernel. */
export function lacking(
  { features, limits }: Pick<GPUAdapter, "features" | "limits">,
  needs: Pick<ManifestKernel, "features" | "limits" | "subgroupSize" | "subgroupMatrix"> &
    Pick<TensorManifestKernel, "subgroupMost">,
  info: SubgroupInfo,
): Problem[] {
  const available = limits as unknown as { readonly [limit: string]: number | undefined };
  const { subgroupSize = 0, subgroupMost = Number.POSITIVE_INFINITY, subgroupMatrix } = needs;
  const { subgroupMinSize = 0 } = info;
  return [
    ...(subgroupSize > subgroupMinSize && features.has("subgroups")
      ? [problem("subgroup-size", subgroupSize, subgroupMinSize)]
      : []),
    ...(subgroupMinSize > subgroupMost ? [problem("subgroup-wide", subgroupMost, subgroupMinSize)] : []),
    ...lacksMatrix(subgroupMatrix, info),
    ...needs.features.filter((feature) => !features.has(feature)).map((feature) => problem("missing-feature", feature)),
    ...Object.entries(needs.limits)
      .filter(([limit, needed]) => needed > (available[limit] ?? 0))
      .map(([limit, needed]) => problem("limit-too-low", limit, needed, available[limit] ?? 0)),
  ];
}

/**
 * Runs `work`, which must not wait, inside error scopes. The second result resolves to what WebGPU found wrong;
 * scopes are closed before anything is awaited, so that concurrent work does not mix.
 */
export function scoped<T>(device: GPUDevice, work: () => T): readonly [T, Promise<Problem[]>] {
  for (const scope of SCOPES) device.pushErrorScope(scope);
  try {
    return [work(), closeScopes(device)];
  } catch (error) {
    void closeScopes(device);
    throw error;
  }
}

/** A lost device rejects here or answers null: its loss is reported apart. */
async function closeScopes(device: GPUDevice): Promise<Problem[]> {
  const kinds = [...SCOPES].reverse();
  const found = await Promise.all(kinds.map(() => device.popErrorScope().catch(() => null)));
  return found.flatMap((error, i) => (error ? [problem("gpu", kinds[i] as string, error.message)] : []));
}

/** A device's loss, as a kernel sees it. */
export interface Watch {
  /** Runs that have begun and not ended: each is told of the loss. */
  readonly waiting: Set<() => void>;
  /** The error that names the kernel, once the device is lost. */
  error(): LaunchError | undefined;
}

/** The kernel last put to work on each device: the one to name where no run was being awaited. */
export const lastAtWork = new WeakMap<GPUDevice, string>();

export function watchLoss(device: GPUDevice, kernel: string, onDeviceLost?: (error: Error) => void): Watch {
  let loss: LaunchError | undefined;
  const waiting = new Set<() => void>();
  void device.lost.then(({ reason, message }) => {
    loss = new LaunchError(kernel, [problem("device-lost", reason, message)]);
    const atWork = waiting.size > 0 || (reason !== "destroyed" && lastAtWork.get(device) === kernel);
    for (const tell of waiting) tell();
    if (atWork) onDeviceLost?.(loss);
  });
  return { waiting, error: () => loss };
}

/** Resolves when the queue is done with what was submitted; rejects where the device is lost first. */
export async function queueDone(device: GPUDevice, watch: Watch): Promise<void> {
  let tell = () => {};
  const lost = new Promise<void>((resolve) => {
    tell = resolve;
  });
  watch.waiting.add(tell);
  try {
    // Work that fails to finish means a lost device, whose news may come a moment later.
    await Promise.race([device.queue.onSubmittedWorkDone().catch(() => lost), lost]);
  } finally {
    watch.waiting.delete(tell);
  }
  const error = watch.error();
  if (error) throw error;
}
