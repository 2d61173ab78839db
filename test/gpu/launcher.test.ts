/** The launcher on real drivers, with a small hand-written kernel: strides, offsets, folding, slicing. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { reference } from "../../dsl/index.js";
import { type Gpu, type HostTensor, openGpu, runAttention } from "../../runtime/index.js";
import { handWritten } from "../runtime/hand-written.js";
import {
  blank,
  download,
  faultOf,
  near,
  nearByTables,
  nearOnPlane,
  operand,
  ordinary,
  tensor,
  upload,
  worst,
} from "../runtime/on-device.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

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

describe("operands", () => {
  it("takes any strides and offsets, several operands in one buffer, an output inside a larger one", async () => {
    // Tokens before heads, dim outermost for k, v broadcast over the batch; all in one arena at odd offsets.
    const [batch, heads, x, dim] = [2, 3, 5, 4];
    const [q, k, v] = [tensor(batch, heads, x, dim), tensor(batch, heads, x, dim), tensor(batch, heads, x, dim)];
    const strides = { q: [60, 4, 12, 1], k: [15, 5, 1, 30], v: [0, 20, 4, 1], output: [130, 7, 24, 1] };
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
    const buffer = upload(gpu.device, arena);
    const of = (name: "q" | "k" | "v") => ({ buffer, shape, strides: strides[name], offset: offsets[name] });
    const output = upload(gpu.device, new Float32Array(400).fill(-9));
    const kernel = await gpu.kernel(handWritten());
    const launch = kernel.bind({
      ...{ q: of("q"), k: of("k"), v: of("v") },
      output: { buffer: output, shape, strides: strides.output, offset: offsets.output },
    });
    await launch.run();
    const repeated = { shape, data: Float32Array.from({ length: 120 }, (_, i) => v.data[i % 60] as number) };
    const want = reference(near, { q, k, v: repeated });
    const got = await download(gpu.device, output);
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
    const lse = await download(gpu.device, launch.lse.buffer);
    expect(worst(lse, want.lse)).toBeLessThan(1e-5);
    launch.dispose();
  });

  it("takes two axes", async () => {
    const compiled = handWritten({ axes: ["y", "x"] });
    const input = { q: tensor(1, 2, 3, 6, 4), k: tensor(1, 1, 2, 5, 4), v: tensor(1, 1, 2, 5, 4), queryOffset: [1, 2] };
    const got = await runAttention(gpu, compiled, input);
    const want = reference(nearOnPlane, { ...input, params: { reach: 1 } });
    expect(worst(got.output, want.output)).toBeLessThan(1e-5);
    expect(worst(got.lse, want.lse)).toBeLessThan(1e-5);
  });

  it("checks before any GPU work what host arrays cannot be", async () => {
    const error = await faultOf(() =>
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
    const { options, want, output } = ordinary(gpu.device);
    const launch = (await gpu.kernel(handWritten())).bind(options);
    expect(launch.tiles).toBe(12);
    const submit = vi.spyOn(gpu.device.queue, "submit");
    await launch.run({ sliceMilliseconds: Number.POSITIVE_INFINITY });
    expect(submit).toHaveBeenCalledTimes(1);
    submit.mockRestore();
    expect(worst(await download(gpu.device, output.buffer), want.output)).toBeLessThan(1e-5);
    launch.dispose();
  });

  it("begins with a small slice and adapts", async () => {
    const heads = 500;
    const q = tensor(1, heads, 4, 4);
    const output = blank(gpu.device, ...q.shape);
    const kernel = await gpu.kernel(handWritten());
    const launch = kernel.bind({
      q: operand(gpu.device, q),
      k: operand(gpu.device, q),
      v: operand(gpu.device, q),
      output,
    });
    const submit = vi.spyOn(gpu.device.queue, "submit");
    await launch.run({ sliceMilliseconds: 1e9 });
    // 64 tiles, then at most 8 times as many.
    expect(submit).toHaveBeenCalledTimes(2);
    submit.mockClear();
    await launch.run({ sliceMilliseconds: 0.05 });
    expect(submit.mock.calls.length).toBeGreaterThan(3);
    submit.mockRestore();
    expect(worst(await download(gpu.device, output.buffer), reference(near, { q, k: q, v: q }).output)).toBeLessThan(
      1e-5,
    );
    launch.dispose();
  });

  it("encodes into an encoder and into a pass, untouched by a run in between", async () => {
    const { options, want, output } = ordinary(gpu.device);
    const second = blank(gpu.device, 1, 4, 9, 4);
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
    expect(worst(await download(gpu.device, output.buffer), want.output)).toBeLessThan(1e-5);
    expect(worst(await download(gpu.device, second.buffer), want.output)).toBeLessThan(1e-5);
    for (const launch of launches) launch.dispose();
  });
});
