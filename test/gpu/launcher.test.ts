/** The launcher on real drivers, with a small hand-written kernel: strides, folding, slicing, faults, loss, exit. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { attention, float, int, reference, table } from "../../dsl/index.js";
import {
  createKernel,
  describeAdapters,
  type Gpu,
  type HostTensor,
  LaunchError,
  type Operand,
  openGpu,
  runAttention,
} from "../../runtime/index.js";
import { handWritten } from "../runtime/hand-written.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const near = attention({
  axes: ["x"],
  params: { reach: int({ min: 0, default: 1 }), tilt: float({ default: 0 }) },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
  score: ({ s, tilt }) => s + tilt,
});

const nearByTables = attention({
  axes: ["x"],
  params: { reach: int({ min: 0, default: 1 }), tilt: float({ default: 0 }) },
  tables: { shift: table.int("head", { min: -9, max: 9 }), bias: table("x") },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
  score: ({ s, tilt, k, head, shift, bias, size }) =>
    s + tilt * bias(Math.min(Math.max(k.x + shift(head), 0), size.k.x - 1)),
});

/** Values that no two elements share. */
function tensor(...shape: readonly number[]): HostTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { shape, data: Float32Array.from({ length: count }, (_, i) => Math.sin(1 + i * 0.7 + count)) };
}

const worst = (got: Float32Array, want: Float64Array) =>
  got.length === want.length
    ? got.reduce((most, value, i) => Math.max(most, Math.abs(value - (want[i] as number))), 0)
    : Number.NaN;

describe("runAttention", () => {
  it("equals the declared function: GQA, value dim, offsets, params", async () => {
    const compiled = handWritten({ headDim: 5, valueDim: 3 });
    const input = {
      q: tensor(2, 6, 7, 5),
      k: tensor(2, 3, 9, 5),
      v: tensor(2, 3, 9, 3),
      params: { reach: 2, tilt: 0.5 },
      queryOffset: [3],
      keyOffset: [1],
      scale: 0.3,
    };
    const got = await runAttention(gpu, compiled, input, { timing: true });
    const want = reference(near, input);
    expect(got.outputShape).toEqual([2, 6, 7, 3]);
    expect(worst(got.output, want.output)).toBeLessThan(1e-5);
    expect(worst(got.lse, want.lse)).toBeLessThan(1e-5);
    expect(got.milliseconds).toBeGreaterThan(0);
  });

  it("packs int and float tables into one binding", async () => {
    const compiled = handWritten({ tables: true });
    const input = {
      q: tensor(1, 2, 6, 4),
      k: tensor(1, 2, 6, 4),
      v: tensor(1, 2, 6, 4),
      params: { reach: 3, tilt: 1.5 },
      tables: {
        shift: { shape: [2], data: Int32Array.of(-1, 2) },
        bias: { shape: [6], data: Float32Array.of(0.5, -1, 2, 0.25, 1, -2) },
      },
    };
    const got = await runAttention(gpu, compiled, input);
    const want = reference(nearByTables, input);
    expect(worst(got.output, want.output)).toBeLessThan(1e-5);
    expect(worst(got.lse, want.lse)).toBeLessThan(1e-5);
  });
});

/** Buffers of one test, destroyed after it. */
const buffers: GPUBuffer[] = [];
afterEach(() => {
  for (const buffer of buffers.splice(0)) buffer.destroy();
});

const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 128];
function upload(data: Float32Array<ArrayBuffer>, device = gpu.device): GPUBuffer {
  const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST | COPY_SRC });
  buffers.push(buffer);
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}
const operand = ({ shape, data }: HostTensor, device = gpu.device): Operand => ({
  shape,
  buffer: upload(data, device),
});

async function download(buffer: GPUBuffer): Promise<Float32Array> {
  const copy = gpu.device.createBuffer({ size: buffer.size, usage: MAP_READ | COPY_DST });
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  gpu.device.queue.submit([encoder.finish()]);
  await copy.mapAsync(1);
  const values = new Float32Array(copy.getMappedRange().slice(0));
  copy.destroy();
  return values;
}

const faultOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (!(error instanceof LaunchError)) throw error ?? new Error("no error");
  return error;
};

/** A small launch and what it must give. */
function ordinary() {
  const input = { q: tensor(1, 4, 9, 4), k: tensor(1, 2, 9, 4), v: tensor(1, 2, 9, 4) };
  const want = reference(near, input);
  const output = operand({ shape: [1, 4, 9, 4], data: new Float32Array(144).fill(Number.NaN) });
  const options = { q: operand(input.q), k: operand(input.k), v: operand(input.v), output };
  return { options, want, output };
}

describe("operands", () => {
  it("takes any strides and offsets, several operands in one buffer, an output inside a larger one", async () => {
    // Tokens before heads, dim outermost for k, v broadcast over the batch; all in one arena at odd offsets.
    const [batch, heads, x, dim] = [2, 3, 5, 4];
    const [q, k, v] = [tensor(batch, heads, x, dim), tensor(batch, heads, x, dim), tensor(batch, heads, x, dim)];
    const strides = { q: [60, 4, 12, 1], k: [15, 5, 1, 30], v: [0, 20, 4, 1], output: [100, 7, 24, 1] };
    const offsets = { q: 3, k: 301, v: 501, output: 77 };
    const arena = new Float32Array(700).fill(Number.NaN);
    const place = (name: "q" | "k" | "v", { data }: HostTensor) => {
      for (let i = 0; i < data.length; i++) {
        const index = [Math.floor(i / 60), Math.floor(i / 20) % 3, Math.floor(i / 4) % 5, i % 4];
        const source = name === "v" ? i % 60 : i;
        const at = index.reduce((sum, n, axis) => sum + n * (strides[name][axis] as number), offsets[name]);
        arena[at] = data[source] as number;
      }
    };
    place("q", q);
    place("k", k);
    place("v", v);
    const shape = [batch, heads, x, dim];
    const buffer = upload(arena);
    const of = (name: "q" | "k" | "v") => ({ buffer, shape, strides: strides[name], offset: offsets[name] });
    const output = upload(new Float32Array(400).fill(-9));
    const kernel = await gpu.kernel(handWritten());
    const launch = kernel.bind({
      ...{ q: of("q"), k: of("k"), v: of("v") },
      output: { buffer: output, shape, strides: strides.output, offset: offsets.output },
    });
    await launch.run();
    const repeated = { shape, data: Float32Array.from({ length: 120 }, (_, i) => v.data[i % 60] as number) };
    const want = reference(near, { q, k, v: repeated });
    const got = await download(output);
    let touched = 0;
    for (let i = 0; i < 120; i++) {
      const index = [Math.floor(i / 60), Math.floor(i / 20) % 3, Math.floor(i / 4) % 5, i % 4];
      const at = index.reduce((sum, n, axis) => sum + n * (strides.output[axis] as number), offsets.output);
      expect(Math.abs((got[at] as number) - (want.output[i] as number))).toBeLessThan(1e-5);
      got[at] = -9;
      touched++;
    }
    expect(touched).toBe(120);
    expect(got.every((value) => value === -9)).toBe(true);
    const lse = await download(launch.lse.buffer);
    expect(worst(lse, want.lse)).toBeLessThan(1e-5);
    launch.dispose();
  });

  it("takes two axes", async () => {
    const compiled = handWritten({ axes: ["y", "x"] });
    const input = { q: tensor(1, 2, 3, 6, 4), k: tensor(1, 1, 2, 5, 4), v: tensor(1, 1, 2, 5, 4), queryOffset: [1, 2] };
    const plane = attention({ ...near, axes: ["y", "x"], score: ({ s }) => s });
    const got = await runAttention(gpu, compiled, input);
    const want = reference(plane, { ...input, params: { reach: 1 } });
    expect(worst(got.output, want.output)).toBeLessThan(1e-5);
    expect(worst(got.lse, want.lse)).toBeLessThan(1e-5);
  });

  it("checks before any GPU work what host arrays cannot be", async () => {
    const error = await faultOf(
      runAttention(gpu, handWritten(), { q: tensor(1, 1, 4, 4), k: tensor(1, 1, 4, 3), v: tensor(1, 1, 4, 4) }),
    );
    expect(error.message).toBe(
      "mscc near (baseline, d4): axis 'dim' of k has extent 3, expected 4 (the head dim that this kernel is compiled for)",
    );
  });
});

describe("dispatch", () => {
  it("folds a launch of more than 65,535 tiles, and leaves no tile out", async () => {
    const heads = 70_001;
    const compiled = handWritten({ headDim: 1 });
    const q = { shape: [1, heads, 1, 1], data: new Float32Array(heads).fill(1) };
    const v = { shape: [1, heads, 1, 1], data: Float32Array.from({ length: heads }, (_, i) => i + 1) };
    const whole = await runAttention(gpu, compiled, { q, k: q, v }, { sliceMilliseconds: Number.POSITIVE_INFINITY });
    expect(whole.output).toEqual(v.data);
    const sliced = await runAttention(gpu, compiled, { q, k: q, v });
    expect(sliced.output).toEqual(v.data);
  });

  it("slices a run to a time budget", async () => {
    const { options, want, output } = ordinary();
    const launch = (await gpu.kernel(handWritten())).bind(options);
    expect(launch.tiles).toBe(12);
    const submit = vi.spyOn(gpu.device.queue, "submit");
    await launch.run({ sliceMilliseconds: Number.POSITIVE_INFINITY });
    expect(submit).toHaveBeenCalledTimes(1);
    submit.mockRestore();
    expect(worst(await download(output.buffer), want.output)).toBeLessThan(1e-5);
    launch.dispose();
  });

  it("begins with a small slice and adapts", async () => {
    const heads = 500;
    const q = tensor(1, heads, 4, 4);
    const output = operand({ shape: q.shape, data: new Float32Array(heads * 16).fill(Number.NaN) });
    const kernel = await gpu.kernel(handWritten());
    const launch = kernel.bind({ q: operand(q), k: operand(q), v: operand(q), output });
    const submit = vi.spyOn(gpu.device.queue, "submit");
    await launch.run({ sliceMilliseconds: 1e9 });
    // 64 tiles, then at most 8 times as many.
    expect(submit).toHaveBeenCalledTimes(2);
    submit.mockClear();
    await launch.run({ sliceMilliseconds: 0.05 });
    expect(submit.mock.calls.length).toBeGreaterThan(3);
    submit.mockRestore();
    expect(worst(await download(output.buffer), reference(near, { q, k: q, v: q }).output)).toBeLessThan(1e-5);
    launch.dispose();
  });

  it("encodes into an encoder and into a pass, untouched by a run in between", async () => {
    const { options, want, output } = ordinary();
    const second = operand({ shape: [1, 4, 9, 4], data: new Float32Array(144).fill(Number.NaN) });
    const kernel = await gpu.kernel(handWritten());
    const launches = [kernel.bind(options), kernel.bind({ ...options, output: second })] as const;
    const encoder = gpu.device.createCommandEncoder();
    launches[0].encode(encoder);
    const pass = encoder.beginComputePass();
    launches[1].encode(pass);
    pass.end();
    await launches[0].run({ sliceMilliseconds: 0.001 });
    gpu.device.queue.writeBuffer(output.buffer, 0, new Float32Array(144));
    gpu.device.queue.submit([encoder.finish()]);
    await launches[0].finished();
    expect(worst(await download(output.buffer), want.output)).toBeLessThan(1e-5);
    expect(worst(await download(second.buffer), want.output)).toBeLessThan(1e-5);
    for (const launch of launches) launch.dispose();
  });
});

describe("faults", () => {
  it("names the kernel, the line and the source where the WGSL is wrong", async () => {
    const compiled = handWritten();
    const broken = { ...compiled, code: compiled.code.replace("var total = 0.0;", "var total = nonsense;") };
    const line = broken.code.split("\n").findIndex((text) => text.includes("nonsense")) + 1;
    expect((await faultOf(gpu.kernel(broken))).message).toBe(
      `mscc near (baseline, d4): WGSL line ${line}:15: unresolved value 'nonsense'\n    ${line} |   var total = nonsense;`,
    );
  });

  it("names the kernel where only the pipeline is wrong", async () => {
    const compiled = handWritten();
    const kernel = { ...compiled.kernel, entryPoint: "mian" };
    const { message, problems } = await faultOf(gpu.kernel({ ...compiled, kernel }));
    expect(message).toMatch(/^mscc near \(baseline, d4\): the pipeline could not be created: /);
    expect(message).toContain("mian");
    expect(problems.length).toBe(1);
  });

  it("refuses a kernel that needs more than the device has, by limit", async () => {
    const small = await openGpu({ limits: {} });
    const limits = { maxComputeWorkgroupStorageSize: 32_768 };
    const error = await faultOf(small.kernel(handWritten({ kernel: { limits } })));
    expect(error.problems.map(({ message }) => message)).toEqual([
      "needs maxComputeWorkgroupStorageSize of 32768, the device has 16384",
    ]);
    small.close();
  });

  it("refuses a binding beyond the device's limit before it reaches the GPU", async () => {
    const small = await openGpu({ limits: {} });
    const bytes = 134_217_728 + 4;
    const kernel = await small.kernel(handWritten());
    const big = { buffer: small.device.createBuffer({ size: bytes, usage: STORAGE }), shape: [1, 1, 2, 4] };
    const q = { ...big, strides: [0, 0, bytes / 4 - 4, 1] };
    const output = operand(tensor(1, 1, 2, 4), small.device);
    const fault = await faultOf(Promise.resolve().then(() => kernel.bind({ q, k: big, v: big, output })));
    expect(fault.problems.map(({ message }) => message)).toEqual([
      `q spans ${bytes} bytes, the device binds at most 134217728 (maxStorageBufferBindingSize)`,
    ]);
    small.close();
  });

  it("reports what WebGPU finds wrong with a launch: a buffer that is mapped, destroyed, or of another device", async () => {
    const kernel = await gpu.kernel(handWritten());
    const other = await openGpu();
    const destroyed = operand(tensor(1, 2, 9, 4));
    destroyed.buffer.destroy();
    for (const k of [destroyed, operand(tensor(1, 2, 9, 4), other.device)]) {
      const launch = kernel.bind({ ...ordinary().options, k });
      const { message } = await faultOf(launch.run());
      expect(message).toMatch(/^mscc near \(baseline, d4\): WebGPU validation error: /);
      launch.dispose();
    }
    other.close();
  });

  it("ends on NaN inputs", async () => {
    const q = tensor(1, 1, 8, 4);
    q.data[5] = Number.NaN;
    const { output } = await runAttention(gpu, handWritten(), { q, k: tensor(1, 1, 8, 4), v: tensor(1, 1, 8, 4) });
    expect([...output.keys()].filter((i) => Number.isNaN(output[i])).every((i) => i >= 4 && i < 8)).toBe(true);
  });
});

describe("a lost device", () => {
  it("fails the run in flight, names its kernel, and tells the caller once", async () => {
    const doomed = await openGpu();
    const told: Error[] = [];
    const kernel = await createKernel(doomed.device, handWritten(), { onDeviceLost: (error) => told.push(error) });
    const q = operand(tensor(1, 64, 512, 4), doomed.device);
    const output = operand(tensor(1, 64, 512, 4), doomed.device);
    const launch = kernel.bind({ q, k: q, v: q, output, params: { reach: 600 } });
    const run = faultOf(launch.run({ sliceMilliseconds: 1 }));
    setTimeout(() => doomed.device.destroy(), 20);
    const { message, problems } = await run;
    expect(problems.map(({ code }) => code)).toEqual(["device-lost"]);
    expect(message).toMatch(
      /^mscc near \(baseline, d4\): the device was lost with this kernel in flight \(destroyed\): /,
    );
    expect(told.map((error) => error.message)).toEqual([message]);
    for (const after of [
      launch.run(),
      launch.finished(),
      Promise.resolve().then(() => kernel.bind({ q, k: q, v: q, output })),
    ]) {
      expect((await faultOf(after)).message).toBe(message);
    }
    doomed.close();
  });

  it("is no fault of a kernel that was not at work", async () => {
    const doomed = await openGpu();
    const told: Error[] = [];
    await createKernel(doomed.device, handWritten(), { onDeviceLost: (error) => told.push(error) });
    doomed.close();
    await doomed.device.lost;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual([]);
    await expect(doomed.kernel(handWritten())).rejects.toThrow(
      "this GPU was closed\n  help: open another one with openGpu()",
    );
  });
});

describe("openGpu", () => {
  it("compiles a kernel once", async () => {
    expect(await gpu.kernel(handWritten())).toBe(await gpu.kernel(handWritten()));
  });

  it("describes its adapter for the doctor", async () => {
    const [first] = await describeAdapters();
    expect(first?.software).toBe(process.env.MSCC_DRIVER !== "adapter");
    expect(first?.profile).toBe("baseline");
    expect(first?.limits.find(({ name }) => name === "maxStorageBuffersPerShaderStage")?.baseline).toBe(8);
    if (process.env.MSCC_DRIVER === "lavapipe")
      expect(first).toMatchObject({ f16: true, subgroups: { min: 8, max: 8 } });
    if (process.env.MSCC_DRIVER === "swiftshader")
      expect(first).toMatchObject({ f16: false, subgroups: { min: 4, max: 4 } });
  });
});
