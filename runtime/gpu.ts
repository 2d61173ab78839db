/** WebGPU on Node through Dawn: opens an adapter and a device, and lets go of them so that the process can end. */
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttentionKernel, CompiledKernel } from "./launcher/index.js";
import { createKernel } from "./launcher/index.js";
import { type CompiledTensor, createTensorKernel, type TensorKernel } from "./launcher/tensor/index.js";
import { fail, reasonOf } from "./messages.js";

export interface GpuOptions {
  readonly powerPreference?: GPUPowerPreference;
  readonly featureLevel?: "core" | "compatibility";
  /** Limits to ask for instead of the adapter's own, to see what a smaller device would do. */
  readonly limits?: { readonly [limit: string]: number };
  /** Features that Dawn keeps for trials too: subgroup matrices, and f16 on NVIDIA. */
  readonly experimental?: boolean;
}

/** An open device. Kernels made through `kernel` are kept and reused until `close`. */
export interface Gpu {
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  /** Compiles a kernel, or gives the one compiled before from the same manifest and WGSL. */
  kernel(compiled: CompiledKernel): Promise<AttentionKernel>;
  /** The same for a kernel of a tensor operation. */
  tensor(compiled: CompiledTensor): Promise<TensorKernel>;
  /** Disposes of all kernels and destroys the device. */
  close(): void;
}

/** Limits whose defaults a real problem exceeds: asked for up to what the adapter has. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
] as const;
const FEATURES = ["shader-f16", "subgroups", "timestamp-query", "chromium-experimental-subgroup-matrix"] as const;
// Dawn rounds timestamps to 65.536 microseconds, for the privacy of pages: a short kernel would take no time at all.
const FLAGS = ["disable-dawn-features=timestamp_quantization"];
const EXPERIMENTS = "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia";

// Dawn crashes once an object that `create` returned is collected, so they live as long as the process.
const dawns = new Map<boolean, Promise<GPU>>();

async function loadDawn(experimental: boolean): Promise<GPU> {
  // Mesa and the Vulkan loader warn on every start where this is not set.
  if (process.platform === "linux" && !process.env.XDG_RUNTIME_DIR) {
    const folder = join(tmpdir(), `mscc-runtime-${process.getuid?.() ?? 0}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    process.env.XDG_RUNTIME_DIR = folder;
  }
  try {
    // Loaded late: the rest of the package works where Dawn's binary does not.
    const { create } = await import("webgpu");
    return create(experimental ? [...FLAGS, EXPERIMENTS] : FLAGS);
  } catch (error) {
    throw fail("no-webgpu", reasonOf(error));
  }
}

/** @throws HostError `no-adapter`, which says what to install. */
export async function requestAdapter(options: GpuOptions = {}): Promise<GPUAdapter> {
  const { powerPreference, featureLevel, experimental = false } = options;
  const dawn = dawns.get(experimental) ?? loadDawn(experimental);
  dawns.set(experimental, dawn);
  const adapter = await (await dawn).requestAdapter({
    ...(powerPreference ? { powerPreference } : {}),
    ...(featureLevel ? { featureLevel } : {}),
  });
  if (!adapter) throw fail("no-adapter");
  return adapter;
}

async function requestDevice(adapter: GPUAdapter, { limits }: GpuOptions): Promise<GPUDevice> {
  const available = LIMITS.map((limit) => [limit, adapter.limits[limit]] as const);
  try {
    return await adapter.requestDevice({
      requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
      requiredLimits: limits ?? Object.fromEntries(available),
    });
  } catch (error) {
    throw fail("no-device", reasonOf(error));
  }
}

/** Kernels by what they were compiled from; one that could not be made is forgotten. */
function cacheOf<
  Compiled extends { readonly manifest: object; readonly kernel: object; readonly code: string },
  Kernel extends { dispose(): void },
>(create: (compiled: Compiled) => Promise<Kernel>) {
  const kernels = new Map<string, Promise<Kernel>>();
  return {
    get(compiled: Compiled): Promise<Kernel> {
      const key = JSON.stringify([compiled.manifest, compiled.kernel, compiled.code]);
      const made = kernels.get(key) ?? create(compiled);
      kernels.set(key, made);
      made.catch(() => kernels.delete(key));
      return made;
    },
    clear(): void {
      const ignore = () => {};
      for (const kernel of kernels.values()) kernel.then((made) => made.dispose(), ignore);
      kernels.clear();
    },
  };
}

/**
 * Opens the adapter that fits the options.
 * @throws HostError where there is no adapter, or it gives no device.
 */
export async function openGpu(options: GpuOptions = {}): Promise<Gpu> {
  const adapter = await requestAdapter(options);
  const device = await requestDevice(adapter, options);
  const attentions = cacheOf((compiled: CompiledKernel) => createKernel(device, compiled));
  const tensors = cacheOf((compiled: CompiledTensor) => createTensorKernel(device, compiled));
  let open = true;
  const whileOpen = <T>(work: () => Promise<T>): Promise<T> => (open ? work() : Promise.reject(fail("gpu-closed")));
  return {
    adapter,
    device,
    info: adapter.info,
    kernel: (compiled) => whileOpen(() => attentions.get(compiled)),
    tensor: (compiled) => whileOpen(() => tensors.get(compiled)),
    close() {
      if (!open) return;
      open = false;
      attentions.clear();
      tensors.clear();
      device.destroy();
    },
  };
}
