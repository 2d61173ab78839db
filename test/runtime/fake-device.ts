/** A device that does nothing but answer, for tests of checks that come before any GPU work. */
import type { Operand } from "../../runtime/launcher/index.js";

const LIMITS = {
  maxStorageBufferBindingSize: 4096,
  maxBufferSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupsPerDimension: 65_535,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
};

export interface FakeDevice {
  readonly device: GPUDevice;
  /** Names of the calls that reach the GPU, in order. */
  readonly calls: string[];
  readonly lose: (info: { reason: string; message: string }) => void;
}

export interface FakeFaults {
  /** Messages of `getCompilationInfo`. */
  readonly compilation?: readonly { type: string; lineNum: number; linePos: number; message: string }[];
  /** The pipeline's rejection. */
  readonly pipeline?: Error;
  /** What the validation scope finds. */
  readonly validation?: string;
  /** Subgroup matrices that the adapter lists. */
  readonly matrices?: readonly object[] | undefined;
}

export function fakeDevice(faults: FakeFaults = {}, subgroupMinSize = 4): FakeDevice {
  const calls: string[] = [];
  let lose: FakeDevice["lose"] = () => {};
  const scopes: string[] = [];
  const note =
    <T>(name: string, result: T) =>
    () => {
      calls.push(name);
      return result;
    };
  const device = {
    features: new Set(["subgroups"]),
    limits: LIMITS,
    adapterInfo: { subgroupMinSize, subgroupMatrixConfigs: faults.matrices },
    lost: new Promise((resolve) => {
      lose = resolve;
    }),
    pushErrorScope: (kind: string) => scopes.push(kind),
    popErrorScope: () =>
      Promise.resolve(scopes.pop() === "validation" && faults.validation ? { message: faults.validation } : null),
    createShaderModule: note("createShaderModule", {
      getCompilationInfo: () => Promise.resolve({ messages: faults.compilation ?? [] }),
    }),
    createBindGroupLayout: note("createBindGroupLayout", {}),
    createPipelineLayout: note("createPipelineLayout", {}),
    createComputePipeline: note("createComputePipeline", {}),
    createComputePipelineAsync: () => (faults.pipeline ? Promise.reject(faults.pipeline) : Promise.resolve({})),
    createBuffer: ({ size, usage }: GPUBufferDescriptor) => {
      calls.push("createBuffer");
      return { size, usage, destroy: note("destroy", undefined) };
    },
    createBindGroup: note("createBindGroup", {}),
    queue: { writeBuffer: note("writeBuffer", undefined) },
  };
  return { device: device as unknown as GPUDevice, calls, lose: (info) => lose(info) };
}

const COPY_AND_STORAGE = 0x80 | 0x8;

/** An operand in a buffer of its own that fits it. */
export function operand(
  shape: readonly number[],
  more: Partial<Operand> & { bytes?: number; usage?: number } = {},
): Operand {
  const { bytes = shape.reduce((product, extent) => product * extent, 4), usage = COPY_AND_STORAGE, ...rest } = more;
  return { buffer: { size: bytes, usage } as GPUBuffer, shape, ...rest };
}
