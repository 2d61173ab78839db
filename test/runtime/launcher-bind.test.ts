/** What the launcher says, whole, of a launch that cannot be: one case or more per code, and nothing reaches the GPU. */
import { afterAll, describe, expect, it } from "vitest";
import type { Manifest } from "../../compiler/plan/manifest.js";
import { ownCodes } from "../../runtime/launcher/attention-messages.js";
import { createKernel } from "../../runtime/launcher/index.js";
import { codes } from "../../runtime/launcher/messages.js";
import { base, bindText } from "./bind-text.js";
import { fakeDevice, operand } from "./fake-device.js";
import { type HandWritten, handWritten } from "./hand-written.js";
import { attempt, OF_KERNELS, OF_PARTS, seen } from "./launch-texts.js";

const tables = {
  shift: { shape: [2], data: Int32Array.of(0, 1) },
  bias: { shape: [8], data: new Float32Array(8) },
};

/** One line per case: what changes in the launch, and the whole text. */
const bindCases: readonly [
  code: string,
  change: { readonly [name: string]: unknown },
  text: string,
  options?: HandWritten,
][] = [
  ["operand-missing", { k: undefined }, "operand 'k' is missing, expected { buffer, shape, strides?, offset? }"],
  ["rank", { q: operand([1, 8, 4]) }, "q has shape [1, 8, 4], expected 4 dimensions: [batch, heads, x, dim]"],
  [
    "extent-invalid",
    { k: operand([1, 2, 0, 4], { bytes: 64 }) },
    "axis 'x' of k has extent 0, expected an integer from 1 to 2147483647",
  ],
  [
    "extent-mismatch",
    { k: operand([1, 2, 8, 5]), v: operand([2, 1, 7, 4]) },
    "axis 'dim' of k has extent 5, expected 4 (the head dim that this kernel is compiled for)\n" +
      "axis 'batch' of v has extent 2, expected 1 (as in q)\n" +
      "axis 'heads' of v has extent 1, expected 2 (as in k)\n" +
      "axis 'x' of v has extent 7, expected 8 (as in k)",
  ],
  [
    "extent-mismatch",
    { output: operand([1, 2, 8, 3]), lse: operand([1, 2, 9]) },
    "axis 'dim' of output has extent 3, expected 4 (the value dim that this kernel is compiled for)\n" +
      "axis 'x' of lse has extent 9, expected 8 (as in q)",
  ],
  [
    "offset-unaligned",
    { q: operand([1, 2, 8, 4], { offset: 6, bytes: 512 }) },
    "q has offset 6, this kernel reads 4 elements at a time and takes multiples of 4\n" +
      "  help: lay the operand out so, or use a kernel that takes any layout: another profile, such as baseline",
    { kernel: { rowAlignment: 4 } },
  ],
  [
    "stride-unaligned",
    { v: operand([1, 2, 8, 4], { strides: [64, 6, 12, 2], bytes: 1024 }) },
    "axis 'heads' of v has stride 6, this kernel reads 4 elements at a time and takes multiples of 4\n" +
      "  help: lay the operand out so, or use a kernel that takes any layout: another profile, such as baseline\n" +
      "axis 'dim' of v has stride 2, this kernel reads 4 elements at a time and takes 1\n" +
      "  help: lay the operand out so, or use a kernel that takes any layout: another profile, such as baseline",
    { kernel: { rowAlignment: 4 } },
  ],
  [
    "head-ratio",
    { k: operand([1, 3, 8, 4]), v: operand([1, 3, 8, 4]) },
    "q has 2 heads and k has 3, expected a multiple of the key heads",
  ],
  [
    "stride-count",
    { q: operand([1, 2, 8, 4], { strides: [4, 1] }) },
    "q has 2 strides, expected 4: [batch, heads, x, dim]",
  ],
  [
    "stride-invalid",
    { q: operand([1, 2, 8, 4], { strides: [64, 32, -4, 0.5] }) },
    "axis 'x' of q has stride -4, expected an integer, not negative\n" +
      "axis 'dim' of q has stride 0.5, expected an integer, not negative",
  ],
  [
    "offset-invalid",
    { v: operand([1, 2, 8, 4], { offset: -1 }) },
    "v has offset -1, expected an integer, not negative",
  ],
  [
    "output-overlap",
    { output: operand([1, 2, 8, 4], { strides: [0, 0, 4, 1] }) },
    "elements of output overlap: axis 'heads' has stride 0, expected at least 1, what the axes of smaller stride span",
  ],
  [
    "output-overlap",
    { output: operand([1, 2, 8, 4], { strides: [64, 32, 3, 1] }) },
    "elements of output overlap: axis 'x' has stride 3, expected at least 4, what the axes of smaller stride span",
  ],
  [
    "buffer-usage",
    { q: operand([1, 2, 8, 4], { usage: 0x8 }) },
    "the buffer of q has usage 8, which lacks GPUBufferUsage.STORAGE",
  ],
  [
    "buffer-too-small",
    { v: operand([1, 2, 8, 4], { bytes: 252 }) },
    "v reaches 256 bytes into its buffer, which has 252",
  ],
  [
    "output-shared",
    { output: base.q },
    "output and q lie in one buffer, and WebGPU forbids to write a buffer that the same dispatch reads\n" +
      "  help: give output a buffer of its own",
  ],
  ["position-count", { queryOffset: [1, 2] }, "queryOffset has 2 entries, expected 1: [x]"],
  [
    "position-invalid",
    { keyOffset: [-1], size: { q: [1.5] } },
    "keyOffset is -1 on axis 'x', expected an integer from 0 to 2147483647\n" +
      "size.q is 1.5 on axis 'x', expected an integer from 0 to 2147483647",
  ],
  [
    "size-differs",
    { size: { q: [8], k: [9] } },
    "size.q is 8 and size.k is 9 on axis 'x', expected the same: queries and keys share one grid",
  ],
  [
    "outside-grid",
    { queryOffset: [3], size: { q: [10] } },
    "the queries lie at 3 to 10 on axis 'x', expected within 0 to 9, the whole grid",
  ],
  ["scale-invalid", { scale: Number.NaN }, "scale is NaN, expected a finite number"],
  ["param-unknown", { params: { Reach: 3 } }, "param 'Reach' is unknown, the pattern has: 'reach', 'tilt'"],
  ["param-not-integer", { params: { reach: 1.5 } }, "param 'reach' is 1.5, expected an integer of 32 bits"],
  ["param-not-finite", { params: { tilt: 1e39 } }, "param 'tilt' is 1e+39, expected a finite number"],
  ["param-out-of-bounds", { params: { reach: -1 } }, "param 'reach' is -1, expected at least 0"],
  [
    "table-missing",
    { tables: { shift: tables.shift } },
    "table 'bias' is missing, expected { shape, data }",
    { tables: true },
  ],
  [
    "table-unknown",
    { tables: { ...tables, noise: tables.bias } },
    "table 'noise' is unknown, the pattern has: 'shift', 'bias'",
    { tables: true },
  ],
  [
    "table-dtype",
    { tables: { shift: { shape: [2], data: new Float32Array(2) }, bias: { shape: [8], data: new Float64Array(8) } } },
    "table 'shift' holds Float32Array, expected Int32Array\ntable 'bias' holds Float64Array, expected Float32Array",
    { tables: true },
  ],
  [
    "table-rank",
    { tables: { ...tables, bias: { shape: [2, 4], data: new Float32Array(8) } } },
    "table 'bias' has shape [2, 4], expected 1 dimensions: [x]",
    { tables: true },
  ],
  [
    "table-extent",
    {
      tables: { shift: { shape: [3], data: new Int32Array(3) }, bias: { shape: [8], data: new Float32Array(8) } },
      size: { q: [9] },
    },
    "dimension 'head' of table 'shift' has extent 3, expected 2, the query heads\n" +
      "dimension 'x' of table 'bias' has extent 8, expected 9, the extent of the whole grid",
    { tables: true },
  ],
  [
    "table-length",
    { tables: { ...tables, bias: { shape: [8], data: new Float32Array(7) } } },
    "table 'bias' holds 7 values, expected 8, the product of its extents",
    { tables: true },
  ],
  [
    "table-value",
    { tables: { ...tables, shift: { shape: [2], data: Int32Array.of(0, 10) } } },
    "value 1 of table 'shift' is 10, the pattern promises -9 to 9",
    { tables: true },
  ],
];

describe("bind", () => {
  it("takes a launch with nothing wrong", async () => {
    expect(await bindText({})).toBe("no error");
    expect(await bindText({ tables }, { tables: true })).toBe("no error");
  });

  it.each(bindCases)("%s", async (code, change, text, options) => {
    expect(await bindText(change, options)).toBe(text);
    expect([...seen]).toContain(code);
  });

  const params: Manifest["params"] = [
    { name: "reach", type: "int", max: 3 },
    { name: "tilt", type: "float", min: -1, max: 1, default: 0, value: 0.5 },
  ];
  it("param-missing, param-static, bounds on one side and on both", async () => {
    expect(await bindText({ params: { tilt: 0.25 } }, { manifest: { params } })).toBe(
      "param 'reach' has no value and no default\n" +
        "param 'tilt' is 0.25, this kernel was compiled for 0.5\n" +
        "  help: compile with --set tilt=0.25, or without --set for a value chosen at run time",
    );
    expect(await bindText({ params: { reach: 4, tilt: 2 } }, { manifest: { params } })).toBe(
      "param 'reach' is 4, expected at most 3\nparam 'tilt' is 2, expected -1 to 1",
    );
    expect(await bindText({ params: { reach: 3, tilt: 0.5 } }, { manifest: { params } })).toBe("no error");
  });

  it("table-extent where it is declared", async () => {
    const declared = (text: string, ...expression: readonly ["add" | "sub", number, string]): Manifest["tables"] => [
      { name: "shift", type: "int", labels: [{ name: "head", tie: "head" }], sorted: false },
      {
        name: "bias",
        type: "float",
        labels: [{ name: "dx", tie: "free", extent: { text, expression } }],
        sorted: false,
      },
    ];
    const bound = (reach: unknown, extent: number, tables: Manifest["tables"]) => {
      const bias = { shape: [extent], data: new Float32Array(extent) };
      const shift = { shape: [2], data: new Int32Array(2) };
      return bindText({ params: { reach }, tables: { shift, bias } }, { tables: true, manifest: { tables } });
    };
    const wide = declared("1 + reach", "add", 1, "reach");
    expect(await bound(6, 7, wide)).toBe("no error");
    expect(await bound(6, 5, wide)).toBe(
      "dimension 'dx' of table 'bias' has extent 5, expected 7, which is `1 + reach`",
    );
    expect(await bound(2 ** 31 - 1, 5, wide)).toBe(
      "dimension 'dx' of table 'bias' has extent 5, expected `1 + reach`, which is 2147483648 with these params, no extent",
    );
    expect(await bound(6, 5, declared("1 - reach", "sub", 1, "reach"))).toBe(
      "dimension 'dx' of table 'bias' has extent 5, expected `1 - reach`, which is -5 with these params, no extent",
    );
    const [shift, bias] = declared("7", "add", 1, "reach") as [Manifest["tables"][0], Manifest["tables"][0]];
    const seven = [
      shift,
      { ...bias, labels: [{ name: "dx", tie: "free", extent: { text: "7", expression: 7 } }] },
    ] as const;
    expect(await bound(6, 5, seven)).toBe("dimension 'dx' of table 'bias' has extent 5, expected 7, as declared");
    expect(await bound(0.5, 5, wide)).toBe("param 'reach' is 0.5, expected an integer of 32 bits");
  });

  it("table-order", async () => {
    const sorted: Manifest["tables"] = [
      { name: "shift", type: "int", labels: [{ name: "head", tie: "head" }], sorted: true },
      {
        name: "bias",
        type: "float",
        labels: [
          { name: "rows", tie: "free" },
          { name: "columns", tie: "free" },
        ],
        sorted: true,
      },
    ];
    const given = (shift: readonly number[], bias: readonly number[]) => ({
      tables: {
        shift: { shape: [2], data: Int32Array.from(shift) },
        bias: { shape: [2, 2], data: Float32Array.from(bias) },
      },
    });
    const options: HandWritten = { tables: true, manifest: { tables: sorted } };
    expect(await bindText(given([4, 3], [1, 2, 0, Number.NaN]), options)).toBe(
      "value 1 of table 'shift' is 3, after 4: the pattern promises that values never fall along the last dimension\n" +
        "value 3 of table 'bias' is NaN, after 0: the pattern promises that values never fall along the last dimension",
    );
    const right = handWritten({ tables: true, manifest: { tables: sorted } });
    // The uniform of the second extent is what a real manifest would have; the kernel is not run here.
    expect(right.manifest.tables).toBe(sorted);
    expect(await bindText(given([3, 3], [5, 6, 0, 0]), options)).toBe("no error");
  });

  it("outputs-overlap", async () => {
    const buffer = operand([4096]).buffer;
    const output = { buffer, shape: [1, 2, 8, 4] };
    expect(await bindText({ output, lse: { buffer, shape: [1, 2, 8], offset: 60 } })).toBe(
      "output and lse overlap in one buffer, bindings begin at multiples of 256 bytes\n" +
        "  help: give lse a buffer of its own",
    );
    expect(await bindText({ output, lse: { buffer, shape: [1, 2, 8], offset: 64 } })).toBe("no error");
  });

  it("integer-overflow, zero-divisor", async () => {
    const checks: Manifest["checks"] = [
      { kind: "int32", text: "reach * q.x", expression: ["mul", "reach", "q.x"] },
      { kind: "int32", text: "-reach * size.q.x", expression: ["mul", ["neg", "reach"], "size.q.x"] },
      { kind: "nonzero", text: "q.x - k.x", expression: ["sub", "q.x", "k.x"] },
      { kind: "nonzero", text: "q.x + 1", expression: ["add", "q.x", 1] },
      { kind: "int32", text: "q.x.hi + reach", isDerived: true, expression: ["mul", ["add", "q.x.hi", "reach"], 2] },
      { kind: "nonzero", text: "k.x.lo", isDerived: true, expression: "k.x.lo" },
    ];
    const params = { reach: 2 ** 30 };
    expect(await bindText({ params }, { manifest: { checks } })).toBe(
      "'reach * q.x' could reach 7516192768 on this grid with these params, expected within -2147483648 to 2147483647\n" +
        "'-reach * size.q.x' could reach -8589934592 on this grid with these params, expected within -2147483648 to 2147483647\n" +
        "the divisor 'q.x - k.x' could be 0 on this grid with these params\n" +
        "'q.x.hi + reach', which mscc derived from the pattern, could reach 2147483662 on this grid with these params, expected within -2147483648 to 2147483647\n" +
        "the divisor 'k.x.lo', which mscc derived from the pattern, could be 0 on this grid with these params",
    );
  });

  it("too-many-tiles", async () => {
    const wide = { strides: [0, 0, 0, 1], bytes: 16 };
    const shape = [1, 2 ** 20, 2 ** 14, 4];
    const own = { strides: [0, 2 ** 14, 1], bytes: 2 ** 36 };
    const { device } = fakeDevice();
    Object.assign(device.limits, { maxStorageBufferBindingSize: 2 ** 50 });
    const kernel = await createKernel(device, handWritten());
    const output = operand(shape, { bytes: 2 ** 40 });
    const text = await attempt(() =>
      kernel.bind({
        q: operand(shape, wide),
        k: operand(shape, wide),
        v: operand(shape, wide),
        output,
        lse: operand([1, 2 ** 20, 2 ** 14], own),
      }),
    );
    Object.assign(device.limits, { maxStorageBufferBindingSize: 4096 });
    expect(text).toBe(
      "the launch has 4294967296 tiles, expected at most 2147483647\n" +
        "  help: launch in parts: fewer heads, or boxes of the grid with a queryOffset",
    );
  });

  it("reports every fault at once", async () => {
    const text = await bindText({ q: operand([1, 2, 8, 5]), params: { reach: -1 }, scale: Number.POSITIVE_INFINITY });
    expect(text.split("\n").length).toBe(3);
  });
});

afterAll(() => {
  expect([...codes, ...ownCodes].filter((code) => !seen.has(code)).sort()).toEqual([...OF_KERNELS, ...OF_PARTS].sort());
});
