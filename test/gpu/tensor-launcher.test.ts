/** The launcher of tensor operations on real drivers, with a small hand-written kernel: strides, offsets, folding, slicing. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { throughHalves } from "../../runtime/half.js";
import {
  createTensorKernel,
  type Gpu,
  type HostArray,
  loadTensor,
  type Operand,
  openGpu,
  runTensor,
} from "../../runtime/index.js";
import { handWrittenTensor } from "../runtime/hand-written-tensor.js";
import { blank, download, faultOf, operand, tensor, upload } from "../runtime/on-device.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

/** The values of small inputs, and what they must give. */
function ordinary(t = 7, c = 5, { gain = 1, shift = 0 } = {}) {
  const [n, s, k] = [t + 2, 4, 3];
  const x = tensor(s, k);
  const weight = tensor(c, k);
  const bias = tensor(c);
  const rows = { shape: [n], data: Int32Array.from({ length: n }, (_, i) => ((i * 7) % (s + 2)) - 1) };
  const at = ({ data }: { readonly data: ArrayLike<number> }, i: number) => data[i] as number;
  const want = Float64Array.from({ length: t * c }, (_, i) => {
    const [row, column] = [Math.floor(i / c), i % c];
    const picked = Math.min(Math.max(at(rows, Math.min(row + shift, n - 1)), 0), s - 1);
    let sum = 0;
    for (let j = 0; j < k; j++) sum += at(x, picked * k + j) * at(weight, column * k + j);
    return gain * sum + at(bias, column);
  });
  return { x, weight, bias, rows, want };
}

const words = (data: Int32Array) => new Float32Array(data.buffer, data.byteOffset, data.length);

function uploaded({ x, weight, bias, rows }: ReturnType<typeof ordinary>) {
  const { device } = gpu;
  return {
    rows: { shape: rows.shape, buffer: upload(device, words(rows.data)) },
    ...{ x: operand(device, x), weight: operand(device, weight), bias: operand(device, bias) },
  };
}

const worst = (got: Float32Array, want: Float64Array) =>
  want.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] as number))), 0);

describe("a launch of a tensor operation", () => {
  it("computes dense operands, with params", async () => {
    const params = { gain: 2.5, shift: 3 };
    const given = ordinary(7, 5, params);
    const output = blank(gpu.device, 7, 5);
    const kernel = await createTensorKernel(gpu.device, handWrittenTensor());
    const launch = kernel.bind({ inputs: uploaded(given), output, params });
    expect(launch.workgroups).toBe(9);
    await launch.run();
    expect(worst(await download(gpu.device, output.buffer), given.want)).toBeLessThan(1e-5);
    kernel.dispose();
  });

  it("takes any strides and offsets, several inputs in one buffer, an output inside a larger one", async () => {
    const given = ordinary();
    const arena = new Float32Array(400).fill(Number.NaN);
    const place = (
      name: "x" | "weight" | "bias",
      offset: number,
      strides: readonly number[],
    ): Omit<Operand, "buffer"> => {
      const { shape, data } = given[name];
      for (let i = 0; i < data.length; i++) {
        const index = shape.length === 1 ? [i] : [Math.floor(i / (shape[1] as number)), i % (shape[1] as number)];
        arena[index.reduce((sum, at, axis) => sum + at * (strides[axis] as number), offset)] = data[i] as number;
      }
      return { shape, strides, offset };
    };
    const layouts = { x: place("x", 3, [1, 9]), weight: place("weight", 101, [7, 2]), bias: place("bias", 301, [11]) };
    const buffer = upload(gpu.device, arena);
    const inputs = {
      rows: uploaded(given).rows,
      ...{ x: { ...layouts.x, buffer }, weight: { ...layouts.weight, buffer }, bias: { ...layouts.bias, buffer } },
    };
    const target = upload(gpu.device, new Float32Array(300).fill(-9));
    const output = { buffer: target, shape: [7, 5], strides: [2, 40], offset: 67 };
    const kernel = await createTensorKernel(gpu.device, handWrittenTensor());
    await kernel.bind({ inputs, output }).run();
    const got = await download(gpu.device, target);
    for (const [i, want] of given.want.entries()) {
      const at = 67 + Math.floor(i / 5) * 2 + (i % 5) * 40;
      expect(Math.abs((got[at] as number) - want)).toBeLessThan(1e-5);
      got[at] = -9;
    }
    expect(got.every((value) => value === -9)).toBe(true);
    kernel.dispose();
  });

  it("folds more than 65,535 workgroups, and runs them whole or in slices", async () => {
    const given = ordinary(53_000, 5);
    const output = blank(gpu.device, 53_000, 5);
    const kernel = await createTensorKernel(gpu.device, handWrittenTensor());
    const launch = kernel.bind({ inputs: uploaded(given), output });
    expect(launch.workgroups).toBe(66_250);
    const submit = vi.spyOn(gpu.device.queue, "submit");
    await launch.run({ sliceMilliseconds: Number.POSITIVE_INFINITY });
    expect(submit).toHaveBeenCalledTimes(1);
    expect(worst(await download(gpu.device, output.buffer), given.want)).toBeLessThan(1e-5);
    gpu.device.queue.writeBuffer(output.buffer, 0, new Float32Array(53_000 * 5));
    submit.mockClear();
    await launch.run({ sliceMilliseconds: 5 });
    expect(submit.mock.calls.length).toBeGreaterThan(2);
    submit.mockRestore();
    expect(worst(await download(gpu.device, output.buffer), given.want)).toBeLessThan(1e-5);
    kernel.dispose();
  });

  it("encodes into an encoder and into a pass, untouched by a run in between", async () => {
    const { device } = gpu;
    const given = ordinary();
    const kernel = await createTensorKernel(device, handWrittenTensor());
    const outputs = [blank(device, 7, 5), blank(device, 7, 5)] as const;
    const inputs = uploaded(given);
    const launches = [
      kernel.bind({ inputs, output: outputs[0] }),
      kernel.bind({ inputs, output: outputs[1] }),
    ] as const;
    const encoder = device.createCommandEncoder();
    launches[0].encode(encoder);
    const pass = encoder.beginComputePass();
    launches[1].encode(pass);
    pass.end();
    await launches[0].run({ sliceMilliseconds: 0.001 });
    device.queue.writeBuffer(outputs[0].buffer, 0, new Float32Array(35));
    device.queue.submit([encoder.finish()]);
    await launches[0].finished();
    for (const { buffer } of outputs) expect(worst(await download(device, buffer), given.want)).toBeLessThan(1e-5);
    kernel.dispose();
  });

  it("takes a buffer of one launch as the input of the next in one pass", async () => {
    const { device } = gpu;
    const square = ordinary(4, 3);
    const kernel = await createTensorKernel(device, handWrittenTensor());
    const inputs = uploaded(square);
    const [between, output] = [blank(device, 4, 3), blank(device, 4, 3)] as const;
    const first = kernel.bind({ inputs, output: between });
    const second = kernel.bind({ inputs: { ...inputs, x: between }, output });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const launch of [first, second]) launch.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await second.finished();
    const middle = await download(device, between.buffer);
    const got = await download(device, output.buffer);
    const at = (array: ArrayLike<number>, i: number) => array[i] as number;
    for (let i = 0; i < 12; i++) {
      const row = Math.min(Math.max(at(square.rows.data, Math.floor(i / 3)), 0), 3);
      let want = at(square.bias.data, i % 3);
      for (let j = 0; j < 3; j++) want += at(middle, row * 3 + j) * at(square.weight.data, (i % 3) * 3 + j);
      expect(Math.abs(at(got, i) - want)).toBeLessThan(1e-4);
    }
    kernel.dispose();
  });
});

describe("faults", () => {
  it("names the kernel, the line and the source where the WGSL is wrong", async () => {
    const compiled = handWrittenTensor();
    const code = compiled.code.replace("var sum = 0.0;", "var sum = nonsense;");
    const line = code.split("\n").findIndex((text) => text.includes("nonsense")) + 1;
    expect((await faultOf(() => createTensorKernel(gpu.device, { ...compiled, code }))).message).toBe(
      `mscc pick (baseline): WGSL line ${line}:13: unresolved value 'nonsense'\n    ${line} |   var sum = nonsense;`,
    );
  });

  it("reports what WebGPU finds wrong with a launch", async () => {
    const kernel = await createTensorKernel(gpu.device, handWrittenTensor());
    const inputs = uploaded(ordinary());
    inputs.bias.buffer.destroy();
    const launch = kernel.bind({ inputs, output: blank(gpu.device, 7, 5) });
    expect((await faultOf(() => launch.run())).message).toMatch(/^mscc pick \(baseline\): WebGPU validation error: /);
    kernel.dispose();
  });

  it("fails where the device is lost", async () => {
    const doomed = await openGpu();
    const kernel = await createTensorKernel(doomed.device, handWrittenTensor());
    doomed.close();
    await doomed.device.lost;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const fault = await faultOf(() => kernel.bind({ inputs: {}, output: blank(gpu.device, 7, 5) }));
    expect(fault.problems.map(({ code }) => code)).toEqual(["device-lost"]);
  });
});

describe("runTensor", () => {
  const hostInput = ({ x, weight, bias, rows }: ReturnType<typeof ordinary>) => ({ x, weight, bias, rows });

  it("computes arrays of the host, and tells the time", async () => {
    const params = { gain: -0.5, shift: 1 };
    const given = ordinary(7, 5, params);
    const input = { inputs: hostInput(given), shape: [7, 5], params };
    const got = await runTensor(gpu, handWrittenTensor(), input, { timing: true });
    expect(got.shape).toEqual([7, 5]);
    expect(got.output).toHaveLength(35);
    expect(worst(got.output, given.want)).toBeLessThan(1e-5);
    expect(got.milliseconds).toBeGreaterThan(0);
  });

  it("takes arrays with strides and an offset", async () => {
    const given = ordinary();
    const data = new Float32Array(40).fill(Number.NaN);
    for (let i = 0; i < 12; i++) data[2 + Math.floor(i / 3) + (i % 3) * 5] = given.x.data[i] as number;
    const x = { shape: [4, 3], strides: [1, 5], offset: 2, data };
    const { output } = await runTensor(gpu, handWrittenTensor(), { inputs: { ...hostInput(given), x }, shape: [7, 5] });
    expect(worst(output, given.want)).toBeLessThan(1e-5);
  });

  it("refuses arrays of another type, or too short, and leaves the rest to the launcher", async () => {
    const { bias, ...rest } = hostInput(ordinary());
    const run = (inputs: { readonly [name: string]: HostArray }) =>
      runTensor(gpu, handWrittenTensor(), { inputs, shape: [7, 5] });
    await expect(run({ ...rest, rows: tensor(9), bias: { shape: [5], data: new Int32Array(5) } })).rejects.toThrow(
      "rows holds Float32Array, expected Int32Array\nbias holds Int32Array, expected Float32Array",
    );
    await expect(run({ ...rest, bias: { shape: [5], data: new Float32Array(4) } })).rejects.toThrow(
      "bias holds 4 values, its shape and strides reach 5",
    );
    await expect(run(rest)).rejects.toThrow("mscc pick (baseline): operand 'bias' is missing");
  });

  it.runIf(process.env.MSCC_DRIVER !== "swiftshader")("rounds to halves what the kernel stores so", async () => {
    const given = ordinary(7, 5, { shift: 1 });
    const kernel = { dtype: "f16", profile: "f16", features: ["shader-f16"], file: "pick.f16.baseline.wgsl" } as const;
    const input = { inputs: hostInput(given), shape: [7, 5], params: { shift: 1 } };
    const halves = await runTensor(gpu, handWrittenTensor({ kernel }), input);
    const exact = await runTensor(gpu, handWrittenTensor({ kernel, manifest: { isExact: true } }), input);
    // Inputs are halves in both, the bias is exact, and an exact output is no longer on the lattice of halves.
    for (const { output } of [halves, exact]) expect(worst(output, given.want)).toBeLessThan(2e-3);
    expect(halves.output).toEqual(throughHalves(exact.output));
    expect(exact.output).not.toEqual(halves.output);
  });
});

it("loadTensor takes the best kernel that the device runs, and says so", async () => {
  const { manifest, kernel, code } = handWrittenTensor();
  const needy = { ...kernel, profile: "subgroups", file: "needy.wgsl", limits: { maxBindGroups: 99 } };
  const said: string[] = [];
  const set = { manifest: { ...manifest, kernels: [needy, kernel] }, code: { [kernel.file]: code, "needy.wgsl": "" } };
  const loaded = await loadTensor(gpu.device, set, { log: (text) => said.push(text) });
  expect(loaded.name).toBe("mscc pick (baseline)");
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^mscc pick runs baseline \(f32\): subgroups needs maxBindGroups of 99, the device has \d+$/);
  loaded.dispose();
});
