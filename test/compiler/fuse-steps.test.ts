/** Which neighbours a list of steps fuses: small programs, and the presets of the model. */
import { describe, expect, test } from "vitest";
import { readOperations } from "../../cli/msc/build.js";
import { fuseProgram } from "../../cli/msc/fused.js";
import { type FusableStep, fuseSteps, type OperandView } from "../../compiler/fusion/fuse-steps.js";
import { linesOf } from "../../compiler/plan/print-tensor.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { scheduleTensor } from "../../compiler/schedule/tensor-schedule.js";
import { assemble } from "../../models/msc/assemble.js";
import { presets } from "../../models/msc/presets.js";
import { tensorsOf } from "../frontend/sources.js";

const operations = tensorsOf(`
const axes = ["t", "c"] as const;
export const twice = tensor({ axes, inputs: { x: input("t", "c") }, value: ({ x }, { t, c }) => 2 * x(t, c) });
export const wave = tensor({ axes, inputs: { x: input("t", "c") }, value: ({ x }, { t, c }) => Math.sin(x(t, c)) });
export const plus = tensor({
  axes,
  inputs: { x: input("t", "c"), y: input("t", "c") },
  value: ({ x, y }, { t, c }) => x(t, c) + y(t, c),
});
export const linear = tensor({
  axes,
  inputs: { x: input("t", "k"), w: input("c", "k") },
  value: ({ x, w, size }, { t, c }) => sum(size.k, (k) => x(t, k) * w(c, k)),
});
export const norm = tensor({
  axes,
  inputs: { x: input("t", "c") },
  value: ({ x, size }, { t, c }) => x(t, c) - mean(size.c, (k) => x(t, k)),
});
export const shift = tensor({
  axes,
  params: { by: int({ min: 0 }) },
  inputs: { x: input("t", "c") },
  value: ({ x, by, size }, { t, c }) => x(t, Math.min(c + by, size.c - 1)),
});
export const neighbours = tensor({
  axes,
  inputs: { x: input("t", "c") },
  value: ({ x }, { t, c }) => x(t, c) + x(t, Math.max(c - 1, 0)),
});
export const four = tensor({
  axes,
  inputs: { a: input("t", "c"), b: input("t", "c"), d: input("t", "c"), e: input("t", "c") },
  value: ({ a, b, d, e }, { t, c }) => a(t, c) + b(t, c) + d(t, c) + e(t, c),
});
`);

interface Named extends FusableStep<OperandView> {
  readonly from: readonly string[];
}
/** A step that is no operation of tensors. */
interface Foreign {
  readonly reads: readonly string[];
}
type Step = Named | Foreign;

const isStep = (step: Step): step is Named => "operation" in step;
const readBy = (step: Step) => (isStep(step) ? Object.values(step.inputs).map((view) => view.tensor) : step.reads);

/** `u = twice(x)`, `y = four(a, b, c, d)`, or `-> x, y` for a step that is no operation. */
function stepOf(text: string, n: number): Step {
  const foreign = /^-> (.*)$/.exec(text);
  if (foreign) return { reads: (foreign[1] as string).split(", ") };
  const [, output = "", name = "", given = ""] = /^(\w+) = (\w+)\((.*)\)$/.exec(text) ?? [];
  const operation = operations.get(name) as Tensor;
  const views = given.split(", ");
  return {
    operation,
    inputs: Object.fromEntries(operation.inputs.map((each, i) => [each.name, { tensor: views[i] as string }])),
    output: { tensor: output },
    params: name === "shift" ? { by: n } : {},
    from: [name],
  };
}

const textOf = (step: Step) => {
  if (!isStep(step)) return `-> ${step.reads.join(", ")}`;
  const views = Object.values(step.inputs).map(({ tensor }) => tensor);
  return `${step.output.tensor} = ${step.operation.name}(${views.join(", ")})`;
};

function fusedSteps(...texts: string[]): Step[] {
  const given = texts.map(stepOf);
  const kept = new Set(["y", "z"]);
  const merge = (fused: FusableStep<OperandView>, producer: Named, consumer: Named): Named => ({
    ...fused,
    from: [...producer.from, ...consumer.from],
  });
  return fuseSteps<OperandView, Named, Foreign>(given, isStep, readBy, merge, {
    most: 8,
    isPrivate: (tensor) => !kept.has(tensor),
  });
}

const fused = (...texts: string[]) => fusedSteps(...texts).map(textOf);

describe("what fuses", () => {
  test("maps, one after the other", () => {
    const steps = fusedSteps("u = twice(x)", "v = wave(u)", "y = twice(v)");
    expect(steps.map(textOf)).toEqual(["y = twiceWaveTwice(x)"]);
    expect(steps.map((step) => isStep(step) && step.from)).toEqual([["twice", "wave", "twice"]]);
    expect(steps.map((step) => isStep(step) && linesOf(step.operation))).toEqual([["value = 2 * sin(2 * x(t, c))"]]);
  });
  test("a map after a product, and a cheap one before it", () => {
    expect(fused("u = twice(x)", "v = linear(u, w)", "y = wave(v)")).toEqual(["y = twiceLinearWave(x, w)"]);
  });
  test("a map after a reduction", () => {
    expect(fused("u = norm(x)", "y = twice(u)")).toEqual(["y = normTwice(x)"]);
  });
  test("a tensor that both read is bound once", () => {
    const [step] = fusedSteps("u = linear(x, w)", "y = plus(u, x)");
    expect(step && textOf(step)).toBe("y = linearPlus(w, x)");
    expect(step && isStep(step) && linesOf(step.operation).at(-1)).toBe("value = sum0 + y(t, c)");
  });
  test("params of both are kept, with their values", () => {
    const [step] = fusedSteps("u = shift(x)", "y = shift(u)");
    expect(step && isStep(step) && step.params).toEqual({ by2: 0, by: 1 });
  });
});

describe("what stays", () => {
  const stays = (...texts: string[]) => expect(fused(...texts)).toEqual(texts);
  test("a costly map before a product, which would compute it again and again", () =>
    stays("u = wave(x)", "y = linear(u, w)"));
  test("a map before a reduction, which reads it again for every element", () => stays("u = twice(x)", "y = norm(u)"));
  test("two products", () => stays("u = linear(x, w)", "y = linear(u, w)"));
  test("a reduction before a reduction", () => stays("u = norm(x)", "y = norm(u)"));
  test("what several steps read", () => stays("u = twice(x)", "y = wave(u)", "z = twice(u)"));
  test("what one step reads twice", () => stays("u = twice(x)", "y = plus(u, u)"));
  test("what one step reads at two places", () => stays("u = wave(x)", "y = neighbours(u)"));
  test("what is read from outside", () => stays("z = twice(x)", "y = wave(z)"));
  test("what a step reads that is no operation", () => stays("u = twice(x)", "-> u, x"));
  test("what is written twice", () => stays("u = twice(x)", "u = wave(w)", "y = twice(u)"));
  test("what is read before it is written", () => stays("y = twice(u)", "u = wave(x)"));
  test("what reads a tensor that its reader writes", () => stays("u = twice(v)", "v = wave(u)", "y = norm(v)"));
  test("what reads a tensor that is written anew in between", () =>
    stays("u = twice(v)", "v = norm(w)", "y = plus(u, v)", "z = neighbours(v)"));
});

test("at most 8 buffers are bound", () => {
  const eight = fused("u = four(a, b, d, e)", "v = four(u, f, g, h)", "y = plus(v, i)");
  expect(eight).toEqual(["v = fourFour(a, b, d, e, f, g, h)", "y = plus(v, i)"]);
});

test("other steps keep their places", () => {
  expect(fused("u = twice(x)", "-> x", "v = wave(u)", "-> v", "y = twice(x)")).toEqual([
    "-> x",
    "v = twiceWave(x)",
    "-> v",
    "y = twice(x)",
  ]);
});

/** The kernels of a preset in the order of its steps, with their schedules; equal layers once. */
function kernelsOf(name: string): string[] {
  const { program, operations: made } = fuseProgram(assemble(presets[name] as never), readOperations());
  const groups: { readonly title: string; readonly kernels: string[] }[] = [];
  for (const step of program.steps) {
    const title = step.layer === undefined ? "outside" : `layer ${step.layer}`;
    const kernel =
      step.kind === "operation"
        ? `${step.kernel}: ${scheduleTensor(made.get(step.kernel) as Tensor).kind}`
        : `${step.pattern}: attention`;
    const group = groups.at(-1);
    if (group?.title === title) group.kernels.push(kernel);
    else groups.push({ title, kernels: [kernel] });
  }
  const seen = new Set<string>();
  return groups.flatMap(({ title, kernels }) => {
    const text = kernels.join("\n");
    if (title !== "outside" && seen.has(text)) return [];
    seen.add(text);
    return [`${title}:`, ...kernels];
  });
}

test("the kernels of tiny", () => {
  expect(kernelsOf("tiny")).toMatchInlineSnapshot(`
    [
      "outside:",
      "patchify: map",
      "linear: contraction",
      "timestep: map",
      "linearSilu: contraction",
      "linearSilu: contraction",
      "layer 0:",
      "linear: contraction",
      "layerNormModulate: reduce",
      "linear: contraction",
      "rotary: map",
      "rotary: map",
      "lightCone: attention",
      "linear: contraction",
      "averagePool: map",
      "linear: contraction",
      "rotary: map",
      "rotary: map",
      "sinksWindow: attention",
      "linear: contraction",
      "merge2GatedResidual: map",
      "layerNormModulate: reduce",
      "linearGelu: contraction",
      "linearGatedResidual: contraction",
      "outside:",
      "linear: contraction",
      "layerNormModulate: reduce",
      "linear: contraction",
      "unpatchifyEulerStep: map",
    ]
  `);
});
test("the kernels of base", () => {
  expect(kernelsOf("base")).toMatchInlineSnapshot(`
    [
      "outside:",
      "patchify: map",
      "linear: contraction",
      "timestep: map",
      "linearSilu: contraction",
      "linearSilu: contraction",
      "layer 0:",
      "linear: contraction",
      "layerNormModulate: reduce",
      "linear: contraction",
      "rotary: map",
      "rotary: map",
      "localWindow: attention",
      "linear: contraction",
      "averagePool: map",
      "linear: contraction",
      "rotary: map",
      "rotary: map",
      "stridedFrames: attention",
      "linear: contraction",
      "merge2GatedResidual: map",
      "layerNormModulate: reduce",
      "linearGelu: contraction",
      "linearGatedResidual: contraction",
      "outside:",
      "linear: contraction",
      "layerNormModulate: reduce",
      "linear: contraction",
      "unpatchifyEulerStep: map",
    ]
  `);
});
test("the kernels of three-scale", () => {
  expect(kernelsOf("three-scale")).toMatchInlineSnapshot(`
    [
      "outside:",
      "patchify: map",
      "linear: contraction",
      "timestep: map",
      "linearSilu: contraction",
      "linearSilu: contraction",
      "layer 0:",
      "linear: contraction",
      "layerNormModulate: reduce",
      "linear: contraction",
      "rotary: map",
      "rotary: map",
      "lightCone: attention",
      "linear: contraction",
      "averagePool: map",
      "linear: contraction",
      "rotary: map",
      "rotary: map",
      "localWindow: attention",
      "linear: contraction",
      "averagePool: map",
      "linear: contraction",
      "rotary: map",
      "rotary: map",
      "iFrames: attention",
      "linear: contraction",
      "merge3GatedResidual: map",
      "layerNormModulate: reduce",
      "linearGelu: contraction",
      "linearGatedResidual: contraction",
      "outside:",
      "linear: contraction",
      "layerNormModulate: reduce",
      "linear: contraction",
      "unpatchifyEulerStep: map",
    ]
  `);
});
