/** Declared extents of tables, from the source to the manifest, and as `reference` and `mscc verify` demand them. */
import { describe, expect, it } from "vitest";
import { emitTypes } from "../../backends/artefact/types.js";
import { compileVariant } from "../../cli/kernels.js";
import { drawTables } from "../../cli/verify/draw.js";
import { print } from "../../compiler/ir/print.js";
import { attention, int, reference, table } from "../../dsl/index.js";
import { HEAD, patternOf, read, said } from "../frontend/sources.js";

const source = `${HEAD}
const SIDE = 8;
const around = (reach: number) => 2 * reach + 1;
export const near = attention({
  axes: { query: ["t", "y"], key: ["t"] },
  params: { radius: int({ min: 0 }), step: int({ min: 1 }), gain: float() },
  tables: {
    bias: table("head", "dy", "t", "dx", { extents: ({ radius }) => [around(radius), Math.ceil(radius / 2) + 1] }),
    code: table.int("i", "j", { extents: () => [SIDE, SIDE], sorted: true }),
    free: table("any"),
  },
  attend: ({ q, k }) => q.t === k.t,
});`;

describe("declared extents as they are read", () => {
  it("stand on the free labels, in their order", () => {
    const tables = patternOf(source).tables.map(({ labels }) =>
      labels.map(({ name, tie, extent }) => `${name} ${tie} ${extent ? print(extent) : "-"}`),
    );
    expect(tables).toEqual([
      ["head head -", "dy free 2 * radius + 1", "t axis -", "dx free -floorDiv(-radius, 2) + 1"],
      ["i free 8", "j free 8"],
      ["any free -"],
    ]);
  });

  it("follow a table into another pattern, and need its params there", () => {
    const taking = (params: string) => `${source}
export const far = attention({
  axes: ["t"],
  params: ${params},
  tables: { bias: near.tables.bias },
  attend: ({ q, k }) => q.t > k.t,
});`;
    const { patterns } = read(taking("{ radius: int({ min: 1 }) }"));
    expect(patterns[1]?.tables[0]?.labels.map(({ extent }) => extent && print(extent))).toEqual(
      patterns[0]?.tables[0]?.labels.map(({ extent }) => extent && print(extent)),
    );
    expect(said(taking("{}"))).toContain("pattern.ts:9:56 - error undeclared-name: 'radius' is neither a param");
  });
});

describe("declared extents in the artefacts", () => {
  const manifestOf = (constants: ReadonlyMap<string, number>) =>
    compileVariant(patternOf(source), { dims: [{ headDim: 4, valueDim: 4 }], constants, cwd: "/" }).manifest;

  it("are expressions over the params, with the user's text", () => {
    expect(manifestOf(new Map()).tables.map(({ labels }) => labels.map(({ extent }) => extent))).toEqual([
      [
        undefined,
        { text: "2 * reach + 1", expression: ["add", ["mul", 2, "radius"], 1] },
        undefined,
        { text: "Math.ceil(radius / 2) + 1", expression: ["sub", 1, ["floorDiv", ["neg", "radius"], 2]] },
      ],
      [
        { text: "8", expression: 8 },
        { text: "8", expression: 8 },
      ],
      [undefined],
    ]);
  });

  it("hold the values that are compiled in", () => {
    const [bias] = manifestOf(new Map([["radius", 3]])).tables;
    expect(bias?.labels[1]?.extent).toEqual({ text: "2 * reach + 1", expression: 7 });
  });

  it("are named beside the type of the table", () => {
    expect(emitTypes([], manifestOf(new Map()))).toContain(
      "  /** Extents: dy `2 * reach + 1`, dx `Math.ceil(radius / 2) + 1`. */\n  readonly bias: ",
    );
  });
});

const near = attention({
  axes: ["y"],
  params: { radius: int({ default: 1 }) },
  tables: { bias: table("head", "dy", { extents: ({ radius }) => [2 * radius + 1] }) },
  attend: ({ q, k, radius }) => Math.abs(q.y - k.y) <= radius,
  score: ({ s, q, k, head, radius, bias }) => s + bias(head, q.y - k.y + radius),
});

describe("declared extents of a declaration that is executed", () => {
  const ones = (...shape: readonly number[]) => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1),
  });
  const operand = ones(1, 2, 5, 4);
  const run = (extent: number, params: { readonly [name: string]: number }, pattern = near) =>
    reference(pattern, { q: operand, k: operand, v: operand, params, tables: { bias: ones(2, extent) } }).pairs;

  it("hold for the params of the launch, defaults included", () => {
    expect(run(3, {})).toBe(2 * 13);
    expect(() => run(3, { radius: 2 })).toThrow(
      new RangeError("dimension 'dy' of table 'bias' has extent 3, expected 5, as it is declared"),
    );
  });

  it("are positive integers, one for each free dimension", () => {
    expect(() => run(1, { radius: -1 })).toThrow(
      new RangeError("the declared extent of dimension 'dy' of table 'bias' is -1, expected a positive integer"),
    );
    const wrong = attention({ ...near, tables: { bias: table("head", "dy", { extents: () => [2, 3] }) } });
    expect(() => run(3, {}, wrong)).toThrow(new RangeError("table 'bias' declares 2 extents, of 1 free dimensions"));
  });

  it("are those of drawn tables, however far pairs reach", () => {
    const box = { q: [2], k: [2] };
    const scene = { size: box, extent: box, offset: { q: [0], k: [0] }, batches: 1, heads: 3, keyHeads: 3 };
    const { bias } = drawTables(near, { ...scene, params: { radius: 4 } }, {}, 1);
    expect(bias?.shape).toEqual([3, 9]);
  });
});
