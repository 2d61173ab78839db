/** Describes adapters for `mscc doctor`: what they are, the limits that matter, which kernel profile would run and why. */
import type { GpuOptions } from "./gpu.js";
import { requestAdapter } from "./gpu.js";
import { lacking } from "./launcher/index.js";

/** What a kernel profile needs, as a manifest states it. */
export interface Profile {
  readonly name: string;
  readonly features: readonly string[];
  readonly limits: { readonly [limit: string]: number };
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
  /** The first profile that fits; absent where none does. */
  readonly profile?: string;
  /** Why that one: what each profile before it lacks. */
  readonly why: string;
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

const BASELINE: Profile = { name: "baseline", features: [], limits: BASELINE_LIMITS };

/** The first profile, best first, that an adapter can run, and a sentence that says why not the others. */
export function chooseProfile(
  adapter: Pick<GPUAdapter, "features" | "limits"> & { readonly info?: GPUAdapterInfo },
  profiles: readonly Profile[],
): { readonly profile?: string; readonly why: string } {
  const passed: string[] = [];
  for (const profile of profiles) {
    const lacks = lacking(adapter, profile, adapter.info ?? {});
    if (lacks.length === 0) {
      const why = passed.length > 0 ? passed.join("; ") : "the first choice, and the adapter has all it needs";
      return { profile: profile.name, why };
    }
    passed.push(
      `${profile.name} ${lacks.map(({ message }) => message.replace("the device", "the adapter")).join(", ")}`,
    );
  }
  return { why: passed.join("; ") };
}

/** Describes one adapter; `profiles` in order of preference. */
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
    ...chooseProfile(adapter, profiles),
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
