/** What the launcher says on real drivers where something is wrong: WGSL, limits, buffers, a lost device. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKernel, describeAdapters, type Gpu, openGpu, runAttention } from "../../runtime/index.js";
import { handWritten } from "../runtime/hand-written.js";
import { faultOf, operand, ordinary, tensor } from "../runtime/on-device.js";

const STORAGE = 0x80;
let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

describe("faults", () => {
  it("names the kernel, the line and the source where the WGSL is wrong", async () => {
    const compiled = handWritten();
    const broken = { ...compiled, code: compiled.code.replace("var total = 0.0;", "var total = nonsense;") };
    const line = broken.code.split("\n").findIndex((text) => text.includes("nonsense")) + 1;
    expect((await faultOf(() => gpu.kernel(broken))).message).toBe(
      `mscc near (baseline, d4): WGSL line ${line}:15: unresolved value 'nonsense'\n    ${line} |   var total = nonsense;`,
    );
  });

  it("names the kernel where only the pipeline is wrong", async () => {
    const compiled = handWritten();
    const kernel = { ...compiled.kernel, entryPoint: "mian" };
    const { message, problems } = await faultOf(() => gpu.kernel({ ...compiled, kernel }));
    expect(message).toMatch(/^mscc near \(baseline, d4\): the pipeline could not be created: /);
    expect(message).toContain("mian");
    expect(problems.length).toBe(1);
  });

  it("refuses a kernel that needs more than the device has, by limit", async () => {
    const small = await openGpu({ limits: {} });
    const limits = { maxComputeWorkgroupStorageSize: 32_768 };
    const error = await faultOf(() => small.kernel(handWritten({ kernel: { limits } })));
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
    const output = operand(small.device, tensor(1, 1, 2, 4));
    const fault = await faultOf(() => kernel.bind({ q, k: big, v: big, output }));
    expect(fault.problems.map(({ message }) => message)).toEqual([
      `what one tile of queries needs of q spans ${bytes} bytes, a binding holds at most 134217728 (maxStorageBufferBindingSize of the device)`,
    ]);
    small.close();
  });

  it("reports what WebGPU finds wrong with a launch: a buffer that is mapped, destroyed, or of another device", async () => {
    const kernel = await gpu.kernel(handWritten());
    const other = await openGpu();
    const destroyed = operand(gpu.device, tensor(1, 2, 9, 4));
    destroyed.buffer.destroy();
    const shape = [1, 2, 9, 4];
    const mapped = { shape, buffer: gpu.device.createBuffer({ size: 288, usage: STORAGE, mappedAtCreation: true }) };
    for (const k of [mapped, destroyed, operand(other.device, tensor(...shape))]) {
      const launch = kernel.bind({ ...ordinary(gpu.device).options, k });
      const { message } = await faultOf(() => launch.run());
      expect(message).toMatch(/^mscc near \(baseline, d4\): WebGPU validation error: /);
      launch.dispose();
    }
    mapped.buffer.destroy();
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
    const q = operand(doomed.device, tensor(1, 64, 512, 4));
    const output = operand(doomed.device, tensor(1, 64, 512, 4));
    const launch = kernel.bind({ q, k: q, v: q, output, params: { reach: 600 } });
    const run = faultOf(() => launch.run({ sliceMilliseconds: 0.001 }));
    setTimeout(() => doomed.device.destroy(), 20);
    const { message, problems } = await run;
    expect(problems.map(({ code }) => code)).toEqual(["device-lost"]);
    expect(message).toMatch(
      /^mscc near \(baseline, d4\): the device was lost with this kernel in flight \(destroyed\): /,
    );
    expect(told.map((error) => error.message)).toEqual([message]);
    for (const after of [() => launch.run(), () => launch.finished(), () => kernel.bind({ q, k: q, v: q, output })]) {
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
    if (process.env.MSCC_DRIVER !== "adapter") expect(first?.software).toBe(true);
    expect(first?.choices).toMatchObject([{ dtype: "f32", kind: "baseline" }]);
    expect(first?.limits.find(({ name }) => name === "maxStorageBuffersPerShaderStage")?.baseline).toBe(8);
    if (process.env.MSCC_DRIVER === "lavapipe")
      expect(first).toMatchObject({ f16: true, subgroups: { min: 8, max: 8 } });
    if (process.env.MSCC_DRIVER === "swiftshader")
      expect(first).toMatchObject({ f16: false, subgroups: { min: 4, max: 4 } });
  });
});
