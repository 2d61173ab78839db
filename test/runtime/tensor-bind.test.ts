/** What the launcher of tensor operations says, whole, of a launch that cannot be; nothing reaches the GPU then. */
import { afterAll, describe, expect, it } from "vitest";
import { tensorManifestOf } from "../../backends/artefact/tensor-manifest.js";
import { emitTensorWgsl } from "../../backends/wgsl/tensor/index.js";
import type { TensorManifest } from "../../compiler/plan/manifest.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { createTensorKernel, type Operand } from "../../runtime/index.js";
import { ownCodes } from "../../runtime/launcher/tensor/messages.js";
import { tensorOf } from "../frontend/sources.js";
import { fakeDevice, operand } from "./fake-device.js";
import { type HandWrittenTensor, handWrittenTensor } from "./hand-written-tensor.js";
import { attempt, seen } from "./launch-texts.js";

const NAME = "mscc pick (baseline)";

const inputs = { rows: operand([9]), x: operand([4, 3]), weight: operand([5, 3]), bias: operand([5]) };
const output = operand([7, 5]);

/** `sum(n, n, ...)`: both are numbered through in an i32. */
function emittedSum() {
  const plan = planTensor(
    tensorOf(`export const squares = tensor({
      axes: ["i"], params: { n: int({ min: 1 }) }, inputs: { x: input("i") },
      value: ({ x, n }, { i }) => sum(n, n, () => x(i)) });`),
  );
  const { code, kernel } = emitTensorWgsl(plan, { dtype: "f32" });
  const whole = { ...kernel, limits: handWrittenTensor().kernel.limits, file: "squares.wgsl" };
  return { manifest: tensorManifestOf(plan, [whole], "0.0.0"), kernel: whole, code };
}

it("refuses ranges that have more elements together than an int32 counts", async () => {
  const kernel = await createTensorKernel(fakeDevice().device, emittedSum());
  const bound = (n: number) =>
    attempt(
      () => kernel.bind({ inputs: { x: operand([3]) }, output: operand([3]), params: { n } }),
      "mscc squares (baseline)",
    );
  expect(await bound(46_340)).toBe("no error");
  expect(await bound(46_341)).toBe(
    "'n * n', which mscc derived from the operation, could reach 2147488281 with these extents and params, expected within -2147483648 to 2147483647",
  );
});

interface Change {
  readonly inputs?: { readonly [name: string]: Operand | undefined };
  readonly output?: Operand | undefined;
  readonly params?: { readonly [name: string]: number };
}

/** Binds with some options changed; nothing may reach the GPU where a check fails. */
async function bindText(change: Change, options: HandWrittenTensor = {}, limits: object = {}): Promise<string> {
  const { device, calls } = fakeDevice();
  const own = Object.assign(Object.create(device) as GPUDevice, { limits: { ...device.limits, ...limits } });
  const kernel = await createTensorKernel(own, handWrittenTensor(options));
  const before = calls.length;
  const given = { output, ...change, inputs: { ...inputs, ...change.inputs } } as Parameters<typeof kernel.bind>[0];
  const text = await attempt(() => kernel.bind(given), NAME);
  if (text !== "no error") expect(calls.length).toBe(before);
  return text;
}

/** One line per case: what changes in the launch, and the whole text. */
const cases: readonly [code: string, change: Change, text: string, options?: HandWrittenTensor][] = [
  [
    "operand-missing",
    { inputs: { x: undefined, bias: undefined } },
    "operand 'x' is missing, expected { buffer, shape, strides?, offset? }\n" +
      "operand 'bias' is missing, expected { buffer, shape, strides?, offset? }",
  ],
  [
    "operand-missing",
    { output: undefined },
    "operand 'output' is missing, expected { buffer, shape, strides?, offset? }",
  ],
  [
    "input-unknown",
    { inputs: { Bias: operand([5]) } },
    "input 'Bias' is unknown, the operation has: 'rows', 'x', 'weight', 'bias'",
  ],
  [
    "rank",
    { inputs: { x: operand([12]) }, output: operand([7, 5, 1]) },
    "output has shape [7, 5, 1], expected 2 dimensions: [t, c]\nx has shape [12], expected 2 dimensions: [s, k]",
  ],
  [
    "extent-invalid",
    { inputs: { rows: operand([0], { bytes: 4 }) } },
    "axis 'n' of rows has extent 0, expected an integer from 1 to 2147483647",
  ],
  [
    "extent-mismatch",
    { inputs: { weight: operand([6, 4]), bias: operand([4]) } },
    "axis 'c' of weight has extent 6, expected 5 (as in output)\n" +
      "axis 'k' of weight has extent 4, expected 3 (as in x)\n" +
      "axis 'c' of bias has extent 4, expected 5 (as in output)",
  ],
  [
    "extent-mismatch",
    { inputs: { x: operand([4, 3]) } },
    "axis 's' of x has extent 3, expected 4 (as in its other dimension of this name)",
    {
      manifest: {
        inputs: handWrittenTensor().manifest.inputs.map((input) =>
          input.name === "x"
            ? {
                ...input,
                labels: [
                  { name: "s", tie: "free" },
                  { name: "s", tie: "free" },
                ],
              }
            : input,
        ),
      },
    },
  ],
  ["stride-count", { inputs: { x: operand([4, 3], { strides: [3] }) } }, "x has 1 strides, expected 2: [s, k]"],
  [
    "stride-invalid",
    { inputs: { x: operand([4, 3], { strides: [-3, 1] }) } },
    "axis 's' of x has stride -3, expected an integer, not negative",
  ],
  [
    "offset-invalid",
    { inputs: { bias: operand([5], { offset: 0.5 }) } },
    "bias has offset 0.5, expected an integer, not negative",
  ],
  [
    "output-overlap",
    { output: operand([7, 5], { strides: [4, 1] }) },
    "elements of output overlap: axis 't' has stride 4, expected at least 5, what the axes of smaller stride span",
  ],
  [
    "buffer-usage",
    { inputs: { rows: operand([9], { usage: 0x8 }) } },
    "the buffer of rows has usage 8, which lacks GPUBufferUsage.STORAGE",
  ],
  [
    "buffer-too-small",
    { inputs: { x: operand([4, 3], { offset: 1, bytes: 48 }) } },
    "x reaches 52 bytes into its buffer, which has 48",
  ],
  [
    "output-shared",
    { output: { ...output, buffer: inputs.weight.buffer, shape: [1, 5] } },
    "output and weight lie in one buffer, and WebGPU forbids to write a buffer that the same dispatch reads\n" +
      "  help: give output a buffer of its own",
  ],
  [
    "binding-too-large",
    { inputs: { x: operand([4, 3], { strides: [1000, 1], bytes: 2 ** 16 }) } },
    "x spans 12012 bytes, a binding holds at most 4096 (maxStorageBufferBindingSize of the device)\n" +
      "  help: ask for more in requestDevice({ requiredLimits: { maxStorageBufferBindingSize: 12012 } }), or launch in parts, with smaller operands",
  ],
  ["param-unknown", { params: { Gain: 1 } }, "param 'Gain' is unknown, the operation has: 'gain', 'shift'"],
  ["param-not-integer", { params: { shift: 0.5 } }, "param 'shift' is 0.5, expected an integer of 32 bits"],
  ["param-not-finite", { params: { gain: Number.NaN } }, "param 'gain' is NaN, expected a finite number"],
  ["param-out-of-bounds", { params: { shift: -1 } }, "param 'shift' is -1, expected at least 0"],
  [
    "integer-overflow",
    { params: { shift: 2 ** 31 - 3 } },
    "'t + shift' could reach 2147483651 with these extents and params, expected within -2147483648 to 2147483647",
  ],
];

describe("bind", () => {
  it("takes a launch with nothing wrong, however its operands lie", async () => {
    expect(await bindText({})).toBe("no error");
    const spread = { x: operand([4, 3], { strides: [1, 70], offset: 65, bytes: 1024 }) };
    expect(await bindText({ inputs: spread, output: operand([7, 5], { strides: [1, 7] }) })).toBe("no error");
    // Inputs may share a buffer, repeat elements, and give broadcast dimensions.
    const one = operand([9, 9]);
    const shared = { x: { ...one, shape: [4, 3] }, weight: { ...one, shape: [5, 3], strides: [0, 1] } };
    expect(await bindText({ inputs: shared })).toBe("no error");
  });

  it.each(cases)("%s", async (code, change, text, options) => {
    expect(await bindText(change, options)).toBe(text);
    expect([...seen]).toContain(code);
  });

  it("param-missing, param-static", async () => {
    const params: TensorManifest["params"] = [
      { name: "gain", type: "float", value: 2 },
      { name: "shift", type: "int" },
    ];
    expect(await bindText({ params: { gain: 3 } }, { manifest: { params } })).toBe(
      "param 'gain' is 3, this kernel was compiled for 2\n" +
        "  help: compile with --set gain=3, or without --set for a value chosen at run time\n" +
        "param 'shift' has no value and no default",
    );
    expect(await bindText({ params: { gain: 2, shift: 0 } }, { manifest: { params } })).toBe("no error");
  });

  it("range-extent, before any check that reads the range", async () => {
    const ranges: TensorManifest["ranges"] = [
      { name: "sum0.k", text: "size.k - shift", extent: ["sub", "size.k", "shift"] },
      { name: "max1.j", text: "shift * shift", extent: ["mul", "shift", "shift"] },
    ];
    const checks: TensorManifest["checks"] = [
      { kind: "int32", text: "k * k", expression: ["mul", "sum0.k", "sum0.k"] },
      { kind: "nonzero", text: "k", expression: "sum0.k" },
      { kind: "nonzero", text: "size.k - shift", isDerived: true, expression: ["sub", "size.k", "shift"] },
    ];
    const options = { manifest: { ranges, checks } };
    expect(await bindText({ params: { shift: 3 } }, options)).toBe(
      "range 'k' counts to `size.k - shift`, which is 0 with these extents and params, expected 1 to 2147483647",
    );
    expect(await bindText({ params: { shift: 2 ** 16 } }, options)).toBe(
      "range 'k' counts to `size.k - shift`, which is -65533 with these extents and params, expected 1 to 2147483647\n" +
        "range 'j' counts to `shift * shift`, which is 4294967296 with these extents and params, expected 1 to 2147483647",
    );
    expect(await bindText({ params: { shift: 2 } }, options)).toBe(
      "the divisor 'k' could be 0 with these extents and params",
    );
  });

  it("zero-divisor of what mscc derived", async () => {
    const checks: TensorManifest["checks"] = [
      { kind: "nonzero", text: "at.t + shift", isDerived: true, expression: ["add", "at.t", "shift"] },
    ];
    expect(await bindText({}, { manifest: { checks } })).toBe(
      "the divisor 'at.t + shift', which mscc derived from the operation, could be 0 with these extents and params",
    );
    expect(await bindText({ params: { shift: 1 } }, { manifest: { checks } })).toBe("no error");
  });

  it("binding-too-large where indices are what limits", async () => {
    const limits = { maxStorageBufferBindingSize: 2 ** 50 };
    const far = { x: operand([4, 3], { strides: [2 ** 31, 1], bytes: 2 ** 40 }) };
    expect(await bindText({ inputs: far }, {}, limits)).toBe(
      "x spans 25769803788 bytes, a binding holds at most 8589934588 (whose elements a kernel counts in 32 bits)\n" +
        "  help: launch in parts, with smaller operands",
    );
    const halves = { dtype: "f16", profile: "baseline" } as const;
    expect(await bindText({ inputs: far }, { kernel: halves }, limits)).toBe(
      "x spans 12884901896 bytes, a binding holds at most 4294967294 (whose elements a kernel counts in 32 bits)\n" +
        "  help: launch in parts, with smaller operands",
    );
  });

  it("too-many-workgroups", async () => {
    const limits = { maxStorageBufferBindingSize: 2 ** 50 };
    const wide = operand([2 ** 20, 2 ** 14], { bytes: 2 ** 40 });
    const inputs = { weight: operand([2 ** 14, 3]), bias: operand([2 ** 14]) };
    const kernel = { dispatch: { kind: "rows", axes: ["t", "c"] } } as const;
    const text = await bindText({ inputs, output: wide }, { kernel }, limits);
    expect(text).toBe(
      "output spans 68719476736 bytes, a binding holds at most 8589934588 (whose elements a kernel counts in 32 bits)\n" +
        "  help: launch in parts, with smaller operands\n" +
        "the launch has 17179869184 workgroups, expected at most 2147483647\n" +
        "  help: launch in parts, with smaller operands",
    );
  });

  it("reports every fault at once", async () => {
    const text = await bindText({
      inputs: { x: operand([4, 3], { offset: -1 }), weight: operand([5, 3], { usage: 0 }) },
      params: { shift: -1, tilt: 3 },
    });
    expect(text.split("\n")).toHaveLength(4);
  });
});

afterAll(() => {
  expect(ownCodes.filter((code) => !seen.has(code))).toEqual([]);
});
