/** `mscc explain` of tensor operations: whole texts for each schedule, the same as data, what it refuses; and which commands take none. */
import { describe, expect, it } from "vitest";
import { folderWith, mscc, pair } from "./mscc.js";
import { mixed, operations } from "./operations.js";

async function explained(source: string, argv: readonly string[]) {
  const { code, out, err } = await mscc(folderWith({ "o.ts": source }), ["explain", "o.ts", ...argv]);
  expect([err, code]).toEqual(["", 0]);
  return `\n${out}`;
}

/** What a command says of what it refuses. */
async function refused(source: string, argv: readonly string[]) {
  const { code, out, err } = await mscc(folderWith({ "o.ts": source }), argv);
  expect([out, code]).toEqual(["", 1]);
  return `\n${err}`;
}

/** A product per head, with work in a factor and nothing after the sum. */
const heads = `import { input, sum, tensor } from "mscc";

/** Products of queries and keys, for each head. */
export const logits = tensor({
  axes: ["h", "q", "k"],
  inputs: { queries: input("h", "q", "d"), keys: input("h", "k", "d"), scale: input("h", { exact: true }) },
  value: ({ queries, keys, scale, size }, { h, q, k }) =>
    sum(size.d, (d) => queries(h, q, d) * scale(h) * keys(h, k, d)),
});
`;

describe("whole texts", () => {
  it("a product, without extents: how it is computed, and what to ask next", async () => {
    expect(await explained(operations, ["linear"])).toMatchInlineSnapshot(`
      "
      linear, o.ts:4: Every output channel is a weighted sum of the input channels, plus a bias.
        sum0   sum over sum0.k < size.k of x(t, sum0.k) * weight(c, sum0.k)
        value  sum0 + bias(c)

      How it is computed: a tiled matrix product
        why       its one reduction sums a product whose factors divide the axes between them
        rows      t: what x(t, sum0.k) reads, and weight(c, sum0.k) does not
        columns   c: what weight(c, sum0.k) reads, and x(t, sum0.k) does not
        terms     sum0.k < size.k: summed in registers, tile by tile
        epilogue  the value, from sum0 in registers: nothing else passes over memory
        tiles     32 x 16 (subgroups of 8), 16 x 16 (subgroups of 4), 64 x 64 (baseline)

      What it reads and writes
        x       [t, k]  f32, in kernels of f16 halves
        weight  [c, k]  f32, in kernels of f16 halves
        bias    [c]     f32, in kernels of f16 halves
        output  [t, c]  f32, in kernels of f16 halves

      What it costs depends on the extents: mscc explain o.ts linear --size t=16,c=16,k=16
      "
    `);
  });

  it("a product for each head, with extents", async () => {
    expect(await explained(heads, ["--size", "h=4,q=100,k=200,d=64"])).toMatchInlineSnapshot(`
      "
      logits, o.ts:4: Products of queries and keys, for each head.
        sum0   sum over sum0.d < size.d of queries(h, q, sum0.d) * scale(h) * keys(h, k, sum0.d)
        value  sum0

      How it is computed: a tiled matrix product
        why       its one reduction sums a product whose factors divide the axes between them
        batch     h: both factors read them; a product for each
        rows      q: what queries(h, q, sum0.d) * scale(h) reads, and keys(h, k, sum0.d) does not
        columns   k: what keys(h, k, sum0.d) reads, and queries(h, q, sum0.d) * scale(h) does not
        terms     sum0.d < size.d: summed in registers, tile by tile
        prologue  factors are computed as a tile is loaded, once per tile
        tiles     32 x 16 (subgroups of 8), 16 x 16 (subgroups of 4), 64 x 64 (baseline)

      What it reads and writes
        queries  [h, q, d]  f32, in kernels of f16 halves
        keys     [h, k, d]  f32, in kernels of f16 halves
        scale    [h]        f32 in every kernel
        output   [h, q, k]  f32, in kernels of f16 halves

      What it costs with h=4, q=100, k=200, d=64
        elements    80,000
        FLOPs       10.3 M: a multiplication and its addition are 2, any other operation on floats 1,
                    each once for every index that it depends on; indices are free
        bytes       at least 627 kB, each operand once; the baseline reads and writes 1.55 MB, from caches too
                    16.4 FLOPs for each byte of the former, 6.63 of the latter
        workgroups  208 (subgroups of 8), 364 (subgroups of 4), 32 (baseline)
      "
    `);
  });

  it("a reduction of rows", async () => {
    expect(await explained(operations, ["layerNorm", "--size", "t=1024,c=256"])).toMatchInlineSnapshot(`
      "
      layerNorm, o.ts:11: The channels of a token, scaled to mean 0 and variance 1.
        sum0   sum over sum0.j < size.c of x(t, sum0.j)
        sum1   sum over sum1.j < size.c of (x(t, sum1.j) - sum0 / size.c) ** 2
        value  (x(t, c) - sum0 / size.c) / sqrt(sum1 / size.c + 0.000001)

      How it is computed: a reduction of rows
        why          no tiled product, since there are 2 reductions, and a product has one
        rows         t: one workgroup for each
        invocations  8 (subgroups of 8), 4 (subgroups of 4), 64 (baseline) to a workgroup
        shared       sum0, sum1: all invocations of a row take part; they do not read c
        columns      c: the invocations divide the elements of a row

      What it reads and writes
        x       [t, c]  f32, in kernels of f16 halves
        output  [t, c]  f32, in kernels of f16 halves

      What it costs with t=1024, c=256
        elements    262,144
        FLOPs       1.58 M: a multiplication and its addition are 2, any other operation on floats 1,
                    each once for every index that it depends on; indices are free
        bytes       at least 2.10 MB, each operand once; the baseline reads and writes 4.19 MB, from caches too
                    0.75 FLOPs for each byte of the former, 0.38 of the latter
        workgroups  1,024 (subgroups of 8), 1,024 (subgroups of 4), 1,024 (baseline)
      "
    `);
  });

  it("a map with loops, and a param", async () => {
    expect(
      await explained(operations, ["pool", "--size", "y=16,x=16,rows=32,columns=32", "--set", "r=2"]),
    ).toMatchInlineSnapshot(`
      "
      pool, o.ts:22: Averages of squares.
        sum0   sum over sum0.dy < r, sum0.dx < r of image(r * y + sum0.dy, r * x + sum0.dx)
        value  sum0 / r ** 2

      How it is computed: a map
        why       no tiled product, since what is summed is no product; no rows, since no elements have a reduction in common, and no range walks along memory
        elements  y, x: one invocation for each, 64 to a workgroup
        loops     sum0: by one invocation, for each element

      What it reads and writes
        image   [rows, columns]  f32, in kernels of f16 halves
        output  [y, x]           f32, in kernels of f16 halves

      What it costs with y=16, x=16, rows=32, columns=32 with r=2
        elements    256
        FLOPs       1.28 k: a multiplication and its addition are 2, any other operation on floats 1,
                    each once for every index that it depends on; indices are free
        bytes       at least 5.12 kB, each operand once; the baseline reads and writes 5.12 kB, from caches too
                    0.25 FLOPs for each byte of the former, 0.25 of the latter
        workgroups  4 (baseline)
      "
    `);
  });

  it("a gather, of exact values", async () => {
    expect(await explained(operations, ["embed"])).toMatchInlineSnapshot(`
      "
      embed, o.ts:30: Rows of a table by number.
        value  rows(word(t), c)

      How it is computed: a map
        why       nothing is reduced
        elements  t, c: one invocation for each, 64 to a workgroup

      What it reads and writes
        word    [t]              int32
        rows    [vocabulary, c]  f32 in every kernel
        output  [t, c]           f32 in every kernel

      What it costs depends on the extents: mscc explain o.ts embed --size t=16,c=16,vocabulary=16
      "
    `);
  });
});

describe("as data", () => {
  it("has the same facts", async () => {
    const data = JSON.parse(await explained(operations, ["linear", "--format", "json", "--size", "t=64,c=128,k=32"]));
    expect(data).toMatchObject({
      variant: "linear",
      source: "o.ts:4",
      sentence: "Every output channel is a weighted sum of the input channels, plus a bias.",
      text: ["sum0 = sum over sum0.k < size.k of x(t, sum0.k) * weight(c, sum0.k)", "value = sum0 + bias(c)"],
      schedule: { kind: "contraction", reduction: "sum0", batch: [], rows: ["t"], columns: ["c"] },
      axes: ["t", "c"],
      inputs: [{ name: "x", type: "float", labels: ["t", "k"], isExact: false }, { name: "weight" }, { name: "bias" }],
      isExact: false,
      size: { t: 64, c: 128, k: 32 },
      params: {},
      elements: 64 * 128,
    });
    // A multiply-add for each term, and the bias.
    expect(data.flops).toBe(64 * 128 * (2 * 32 + 1));
    expect(data.bytes.least).toBe(4 * (64 * 32 + 128 * 32 + 128 + 64 * 128));
    // Two tiles of columns: rows are read twice, columns once.
    expect(data.bytes.kernel).toBe(4 * (2 * 64 * 32 + 128 * 32 + 64 * 128 + 64 * 128));
    expect(data.workgroups).toEqual([
      { profile: "subgroups", subgroupSize: 8, workgroups: 16 },
      { profile: "subgroups", subgroupSize: 4, workgroups: 32 },
      { profile: "baseline", workgroups: 2 },
    ]);
    expect(JSON.parse(await explained(operations, ["linear", "--format", "json"]))).not.toHaveProperty("flops");
  });

  it("counts each operation once for every index that it depends on", async () => {
    const argv = ["layerNorm", "--format", "json", "--size", "t=10,c=7"];
    const { flops, bytes } = JSON.parse(await explained(operations, argv));
    // Per element two sums, a difference and a square, a difference and a quotient; per row two quotients, a sum, a root.
    expect(flops).toBe(10 * 7 * 6 + 10 * 4);
    expect(bytes).toEqual({ least: 4 * 2 * 70, kernel: 4 * 4 * 70 });
  });
});

describe("what it refuses", () => {
  it("extents that are missing, unknown or none, and params without a value", async () => {
    expect(await refused(operations, ["explain", "o.ts", "linear", "--size", "t=4,z=3,k=0"])).toMatchInlineSnapshot(`
      "
      error size-unknown: --size: linear has no axis or label 'z'
        note: axes and labels: t, c, k

      error grid-extent: --size: '0' on axis 'k' is not an extent; it must be a whole number from 1 to 2147483647

      2 errors
      "
    `);
    expect(await refused(operations, ["explain", "o.ts", "pool", "--size", "y=4"])).toMatchInlineSnapshot(`
      "
      error size-missing: --size lacks extents of pool along x, rows, columns
        help: give them: \`--size x=...,rows=...,columns=...\`

      error set-missing: a param of pool without a value and without a default: r
        help: give it a value: \`--set r=...\`

      2 errors
      "
    `);
  });

  it("a range that is empty", async () => {
    const source = operations.replace("int({ min: 1, max: 64 })", "int({ min: 0 })");
    const argv = ["explain", "o.ts", "pool", "--size", "y=4,x=4,rows=8,columns=8", "--set", "r=0"];
    expect(await refused(source, argv)).toMatchInlineSnapshot(`
      "
      error range-extent: range 'dy' counts to \`r\`, which is 0 with these extents and params, expected 1 to 2147483647

      error range-extent: range 'dx' counts to \`r\`, which is 0 with these extents and params, expected 1 to 2147483647

      2 errors
      "
    `);
  });

  it("options of the other kind", async () => {
    const grids = ["explain", "o.ts", "double", "--grid", "t=4", "--heads", "2"];
    expect(await refused(mixed, grids)).toMatchInlineSnapshot(`
      "
      error option-of-other: --grid is an option for attention patterns, and 'double' is a tensor operation
        help: what you mean may be \`--size t=...\`

      error option-of-other: --heads is an option for attention patterns, and 'double' is a tensor operation

      2 errors
      "
    `);
    expect(await refused(mixed, ["explain", "o.ts", "near", "--size", "t=4"])).toMatchInlineSnapshot(`
      "
      error option-of-other: --size is an option for tensor operations, and 'near' is an attention pattern
        help: what you mean may be \`--grid t=...\`

      1 error
      "
    `);
  });

  it("no name, where the file declares several things", async () => {
    expect(await refused(mixed, ["explain", "o.ts"])).toMatchInlineSnapshot(`
      "
      error several-variants: 'o.ts' exports 2 declarations, and \`explain\` works on one
        note: it exports: near, double
        help: name it: \`mscc explain o.ts near\`

      1 error
      "
    `);
    expect(await refused(operations, ["verify", "o.ts"])).toMatchInlineSnapshot(`
      "
      error several-variants: 'o.ts' exports 4 tensor operations, and \`verify\` works on one
        note: it exports: linear, layerNorm, pool, embed
        help: name it: \`mscc verify o.ts linear\`

      1 error
      "
    `);
  });

  it("a name that there is not", async () => {
    expect(await refused(mixed, ["explain", "o.ts", "doubel"])).toMatchInlineSnapshot(`
      "
      error unknown-variant: 'o.ts' exports no pattern or tensor operation 'doubel'; did you mean 'double'?
        note: it exports: near, double

      1 error
      "
    `);
    expect(await refused(operations, ["check", "o.ts", "layernorm"])).toMatchInlineSnapshot(`
      "
      error unknown-variant: 'o.ts' exports no tensor operation 'layernorm'; did you mean 'layerNorm'?
        note: it exports: linear, layerNorm, pool, embed

      1 error
      "
    `);
  });
});

describe("commands of patterns alone", () => {
  it.each([
    ["show", [], "draws attention patterns"],
    ["prove", [], "answers questions about attention patterns"],
    ["bench", ["--grid", "x=64"], "times attention patterns"],
  ] as const)("%s refuses an operation", async (command, more, does) => {
    const want = (is: string, name: string) => `
error other-kind: ${is}; ${command} ${does}
  help: \`mscc explain o.ts ${name}\` says how it is computed, \`mscc verify\` whether its kernel is right

1 error
`;
    expect(await refused(mixed, [command, "o.ts", "double", ...more])).toBe(
      want("'double' is a tensor operation", "double"),
    );
    const all = "'linear', 'layerNorm', 'pool', 'embed' are tensor operations";
    expect(await refused(operations, [command, "o.ts", ...more])).toBe(want(all, "linear"));
  });

  it("show takes the only pattern of a file", async () => {
    const { code, out, err } = await mscc(folderWith({ "o.ts": mixed }), ["show", "o.ts"]);
    expect([code, err, out.includes("near")]).toEqual([0, "", true]);
  });

  it("prove refuses an operation to compare with", async () => {
    const argv = ["prove", "o.ts", "near", "--within", "double"];
    expect(await refused(mixed, argv)).toContain("error other-kind: 'double' is a tensor operation; prove answers");
  });

  it("and they say what patterns there are", async () => {
    expect(
      await refused(
        `${pair}\n${mixed.replace(/^import.*$/m, 'import { input, tensor } from "mscc";').replace(/\/\*\* A token[\s\S]*?\}\);\n/, "")}`,
        ["show", "o.ts"],
      ),
    ).toContain(
      "error several-variants: 'o.ts' exports 2 patterns, and `show` works on one\n  note: it exports: near, documents\n",
    );
  });
});
