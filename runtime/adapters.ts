/** Describes adapters for `mscc doctor`: what they are, the limits that matter, which kernels run and which would be taken. */
import type { GpuOptions } from "./gpu.js";
import { requestAdapter } from "./gpu.js";
import { type Assessed, assess, type Dtype, firstToRun, kindName, type Needs } from "./launcher/index.js";

/** A kind of kernels, and what those of every pattern need. */
export interface Profile extends Needs {
  readonly dtype: Dtype;
}

export interface AdapterDescription {
  /** One line: the name, and the driver where the adapter tells it. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** A program on the CPU. */
  readonly software: boolean;
  readonly limits: readonly { readonly name: string; readonly available: number; readonly baseline: number }[];
  readonly f16: boolean;
  readonly timestamps: boolean;
  readonly subgroups?: { readonly min: number | undefined; readonly max: number | undefined };
  /** Every kind of kernel, best first. */
  readonly profiles: readonly {
    /** `baseline`, or `subgroups of 8`. */
    readonly kind: string;
    readonly dtype: Dtype;
    readonly runs: boolean;
    /** Empty where it runs. */
    readonly lacks: readonly string[];
  }[];
  /** For each dtype the kind that is taken, absent where none runs, and why none of the better ones. */
  readonly choices: readonly { readonly dtype: Dtype; readonly kind?: string; readonly why: string }[];
}

/** What the baseline profile may count on: WebGPU's guaranteed limits. */
export const BASELINE_LIMITS = {
  maxBufferSize: 268_435_456,
  maxStorageBufferBindingSize: 134_217_728,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
} as const;

const BASELINE: Profile = { profile: "baseline", dtype: "f32", features: [], limits: BASELINE_LIMITS };

/** The launcher speaks of devices; what it says holds for the adapter that gives them. */
const ofAdapter = (text: string) => text.replaceAll("the device", "the adapter");

/** What runs on an adapter, and what is taken for each dtype. */
export function choicesFor(
  adapter: Pick<GPUAdapter, "features" | "limits" | "info">,
  profiles: readonly Profile[],
): Pick<AdapterDescription, "profiles" | "choices"> {
  const dtypes = [...new Set(profiles.map(({ dtype }) => dtype))];
  const assessed = dtypes.map((dtype) => {
    const own = profiles.filter((each) => each.dtype === dtype);
    return { dtype, found: assess(adapter, own, adapter.info) };
  });
  const describe = ({ kernel, lacks }: Assessed<Profile>) => ({
    kind: kindName(kernel),
    dtype: kernel.dtype,
    runs: lacks.length === 0,
    lacks: lacks.map(({ message }) => ofAdapter(message)),
  });
  return {
    profiles: assessed.flatMap(({ found }) => found.map(describe)),
    choices: assessed.map(({ dtype, found }) => {
      const { kernel, why } = firstToRun(found);
      return { dtype, ...(kernel ? { kind: kindName(kernel) } : {}), why: ofAdapter(why) };
    }),
  };
}

/** Describes one adapter; `profiles` of each dtype in order of preference. */
export function describeAdapter(adapter: GPUAdapter, profiles: readonly Profile[] = [BASELINE]): AdapterDescription {
  const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize } = adapter.info;
  const name = device || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
  const baseline = Object.entries(BASELINE_LIMITS) as [keyof typeof BASELINE_LIMITS, number][];
  return {
    name: description ? `${name} (${description})` : name,
    vendor,
    architecture,
    device,
    description,
    software: adapter.info.isFallbackAdapter || /llvmpipe|swiftshader|software/i.test(`${device} ${architecture}`),
    limits: baseline.map(([limit, needed]) => ({ name: limit, available: adapter.limits[limit], baseline: needed })),
    f16: adapter.features.has("shader-f16"),
    timestamps: adapter.features.has("timestamp-query"),
    ...(adapter.features.has("subgroups") ? { subgroups: { min: subgroupMinSize, max: subgroupMaxSize } } : {}),
    ...choicesFor(adapter, profiles),
  };
}

const CHOICES: readonly GpuOptions[] = [{}, { powerPreference: "high-performance" }, { powerPreference: "low-power" }];

/**
 * Every adapter that WebGPU offers for some preference, each once, the default one first.
 * @throws HostError `no-adapter`.
 */
export async function describeAdapters(profiles?: readonly Profile[]): Promise<readonly AdapterDescription[]> {
  const found = new Map<string, AdapterDescription>();
  for (const choice of CHOICES) {
    const description = describeAdapter(await requestAdapter(choice), profiles);
    if (!found.has(description.name)) found.set(description.name, description);
  }
  return [...found.values()];
}
