/** A device with the limits that every WebGPU implementation guarantees, which takes all work and does none of it. */

const LIMITS = {
  maxBufferSize: 268_435_456,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeWorkgroupsPerDimension: 65_535,
  maxStorageBufferBindingSize: 134_217_728,
  maxStorageBuffersPerShaderStage: 8,
  maxUniformBufferBindingSize: 65_536,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
};

const nothing = () => {};
const thing = () => ({});
const later = <T>(value: T) => Promise.resolve(value);

const pass = {
  setPipeline: nothing,
  setBindGroup: nothing,
  dispatchWorkgroups: nothing,
  end: nothing,
};

const device = {
  features: new Set<string>(),
  limits: LIMITS,
  lost: new Promise(nothing),
  pushErrorScope: nothing,
  popErrorScope: () => later(null),
  createShaderModule: () => ({ getCompilationInfo: () => later({ messages: [] }) }),
  createBindGroupLayout: thing,
  createPipelineLayout: thing,
  createComputePipeline: thing,
  createComputePipelineAsync: () => later({}),
  createBindGroup: thing,
  createBuffer({ size, usage }: GPUBufferDescriptor) {
    if (size > LIMITS.maxBufferSize) throw new RangeError(`a buffer of ${size} bytes`);
    return { size, usage, destroy: nothing };
  },
  createCommandEncoder: () => ({ beginComputePass: () => pass, finish: thing }),
  queue: { writeBuffer: nothing, submit: nothing, onSubmittedWorkDone: () => later(undefined) },
};

/** What code of the documents takes from its host. */
export const host = {
  navigator: {
    gpu: { requestAdapter: () => later({ features: device.features, requestDevice: () => later(device) }) },
  },
  openGpu: () => later({ device, close: nothing }),
  GPUBufferUsage: { COPY_SRC: 0x4, COPY_DST: 0x8, STORAGE: 0x80 },
};
