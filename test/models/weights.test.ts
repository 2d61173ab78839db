/** Weights: names, shapes and first values, and the whole text of every refusal. */
import { describe, expect, it } from "vitest";
import { type MscConfig, validateConfig } from "../../models/msc/config.js";
import { presets, tiny } from "../../models/msc/presets.js";
import {
  checkWeights,
  initialWeights,
  parameterCount,
  type TensorHeaders,
  weightSpecs,
} from "../../models/msc/weights.js";
import { normals } from "./drawn.js";
import { readVariants } from "./variants.js";

const small: MscConfig = {
  ...tiny,
  name: "small",
  depth: 2,
  width: 12,
  layers: [
    {
      branches: [
        { channels: 8, heads: 2, down: 1, pattern: "frameCausal", params: {} },
        { channels: 4, heads: 1, down: 2, pattern: "frameCausal", params: {} },
      ],
    },
  ],
};

it("names and shapes, in order", () => {
  expect(validateConfig(small, readVariants(["frameCausal"]))).toEqual(small);
  const lines = weightSpecs(small).map(({ name, shape }) => `${name} [${shape.join(", ")}]`);
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "embed.weight [12, 12]
    embed.bias [12]
    time.0.weight [12, 128]
    time.0.bias [12]
    time.1.weight [12, 12]
    time.1.bias [12]
    layers.0.modulation.weight [84, 12]
    layers.0.modulation.bias [84]
    layers.0.branches.0.qkv.weight [24, 8]
    layers.0.branches.0.qkv.bias [24]
    layers.0.branches.0.out.weight [8, 8]
    layers.0.branches.0.out.bias [8]
    layers.0.branches.1.qkv.weight [12, 4]
    layers.0.branches.1.qkv.bias [12]
    layers.0.branches.1.out.weight [4, 4]
    layers.0.branches.1.out.bias [4]
    layers.0.up.weight [48, 12]
    layers.0.up.bias [48]
    layers.0.down.weight [12, 48]
    layers.0.down.bias [12]
    layers.1.modulation.weight [84, 12]
    layers.1.modulation.bias [84]
    layers.1.branches.0.qkv.weight [24, 8]
    layers.1.branches.0.qkv.bias [24]
    layers.1.branches.0.out.weight [8, 8]
    layers.1.branches.0.out.bias [8]
    layers.1.branches.1.qkv.weight [12, 4]
    layers.1.branches.1.qkv.bias [12]
    layers.1.branches.1.out.weight [4, 4]
    layers.1.branches.1.out.bias [4]
    layers.1.up.weight [48, 12]
    layers.1.up.bias [48]
    layers.1.down.weight [12, 48]
    layers.1.down.bias [12]
    head.modulation.weight [24, 12]
    head.modulation.bias [24]
    head.weight [12, 12]
    head.bias [12]"
  `);
  const sizes = weightSpecs(small).map(({ shape }) => shape.reduce((a, b) => a * b));
  expect(parameterCount(small)).toBe(sizes.reduce((a, b) => a + b));
});

describe("first values", () => {
  it("zero: modulation and head are 0, the rest preserves variance", () => {
    const weights = initialWeights(tiny, 1, normals);
    expect([...weights.keys()]).toEqual(weightSpecs(tiny).map(({ name }) => name));
    for (const { name, shape } of weightSpecs(tiny)) {
      const { data, shape: own } = weights.get(name) ?? {};
      expect(own).toEqual(shape);
      const meanSquare = (data ?? new Float32Array()).reduce((sum, x) => sum + x * x, 0) / (data?.length ?? 0);
      const isZero = name.endsWith("bias") || name.includes("modulation") || name.startsWith("head");
      if (isZero) expect(meanSquare, name).toBe(0);
      else expect(meanSquare * (shape[1] ?? 0), name).toBeCloseTo(1, 0);
    }
  });

  it("open: both gates of a layer are 1, and nothing but biases is 0", () => {
    const weights = initialWeights(small, 1, normals, "open");
    expect([...(weights.get("layers.1.modulation.bias")?.data ?? [])]).toEqual(
      [0, 0, 1, 0, 0, 1, 0].flatMap((value) => Array(12).fill(value)),
    );
    for (const [name, { data }] of weights) {
      if (name.endsWith("weight"))
        expect(
          data.every((x) => x !== 0),
          name,
        ).toBe(true);
    }
  });

  it("a seed repeats them, another one does not, and a tensor's numbers do not depend on the others", () => {
    const once = initialWeights(small, 7, normals);
    expect(initialWeights(small, 7, normals)).toEqual(once);
    expect(initialWeights(small, 8, normals).get("embed.weight")).not.toEqual(once.get("embed.weight"));
    expect(initialWeights({ ...small, depth: 1 }, 7, normals).get("time.1.weight")).toEqual(once.get("time.1.weight"));
  });
});

describe("given weights", () => {
  const headers = (config: MscConfig, dtype = "F32") =>
    new Map(weightSpecs(config).map(({ name, shape }) => [name, { shape, dtype }] as const));
  const told = (tensors: TensorHeaders) => {
    const problems = checkWeights(small, tensors);
    return `\n${problems.map(({ code, message, help }) => `${code}: ${message}\n  help: ${help}`).join("\n")}\n`;
  };

  it("are taken in f32 and f16", () => {
    for (const config of [small, ...Object.values(presets)]) {
      expect(checkWeights(config, headers(config))).toEqual([]);
      expect(checkWeights(config, headers(config, "F16"))).toEqual([]);
    }
  });

  it("missing ones", () => {
    const others = [...headers(small)].filter(([name]) => name !== "embed.bias");
    expect(told(new Map(others))).toMatchInlineSnapshot(`
      "
      weights-missing: 1 tensor of the 38 that the model needs is missing: embed.bias
        help: are these the weights of another configuration?
      "
    `);
    expect(told(headers({ ...small, depth: 1 }))).toMatchInlineSnapshot(`
      "
      weights-missing: 14 tensors of the 38 that the model needs are missing: layers.1.modulation.weight, layers.1.modulation.bias, layers.1.branches.0.qkv.weight, layers.1.branches.0.qkv.bias and 10 more
        help: are these the weights of another configuration?
      "
    `);
  });

  it("ones that the model does not have", () => {
    expect(told(new Map([...headers(small), ["toString", { shape: [1], dtype: "F32" }]]))).toMatchInlineSnapshot(`
      "
      weights-extra: 1 tensor that the model does not have: 'toString'
        help: are these the weights of another configuration?
      "
    `);
    const turned = [...headers(small)].map(([name, header]) => [name.replace("head.b", "haed.b"), header] as const);
    expect(told(new Map(turned))).toMatchInlineSnapshot(`
      "
      weights-missing: 1 tensor of the 38 that the model needs is missing: head.bias
        help: are these the weights of another configuration?
      weights-extra: 1 tensor that the model does not have: 'haed.bias'; did you mean 'head.bias'?
        help: are these the weights of another configuration?
      "
    `);
    expect(told(headers({ ...small, depth: 3 }))).toMatchInlineSnapshot(`
      "
      weights-extra: 14 tensors that the model does not have: 'layers.2.modulation.weight', 'layers.2.modulation.bias', 'layers.2.branches.0.qkv.weight', 'layers.2.branches.0.qkv.bias' and 10 more
        help: are these the weights of another configuration?
      "
    `);
  });

  it("other shapes", () => {
    expect(told(headers(small).set("head.bias", { shape: [48, 1], dtype: "F32" }))).toMatchInlineSnapshot(`
      "
      weights-shape: 1 tensor of another shape than the model's: head.bias is [48, 1], expected [12]
        help: are these the weights of another configuration?
      "
    `);
    const long = Array.from({ length: 1000 }, (_, i) => i);
    expect(told(headers(small).set("head.bias", { shape: long, dtype: "F32" }))).toMatchInlineSnapshot(`
      "
      weights-shape: 1 tensor of another shape than the model's: head.bias is [0, 1, 2, 3, 4, 5, 6, 7, ...], expected [12]
        help: are these the weights of another configuration?
      "
    `);
    expect(told(headers({ ...small, feedForward: 3 }))).toMatchInlineSnapshot(`
      "
      weights-shape: 6 tensors of another shape than the model's: layers.0.up.weight is [36, 12], expected [48, 12], layers.0.up.bias is [36], expected [48], layers.0.down.weight is [12, 36], expected [12, 48], layers.1.up.weight is [36, 12], expected [48, 12] and 2 more
        help: are these the weights of another configuration?
      "
    `);
  });

  it("other dtypes", () => {
    expect(told(headers(small, "F64"))).toMatchInlineSnapshot(`
      "
      weights-dtype: 38 tensors of a dtype that the model does not read: embed.weight is 'F64', embed.bias is 'F64', time.0.weight is 'F64', time.0.bias is 'F64' and 34 more
        help: write weights as F32, F16 or BF16
      "
    `);
  });

  it("nothing of all", () => {
    expect(told(new Map())).toMatchInlineSnapshot(`
      "
      weights-missing: 38 tensors of the 38 that the model needs are missing: embed.weight, embed.bias, time.0.weight, time.0.bias and 34 more
        help: are these the weights of another configuration?
      "
    `);
  });
});
