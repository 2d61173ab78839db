/** What `mscc show` takes, what it refuses, and what it leaves behind. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatNpy } from "../../runtime/npy.js";
import { cross, folderWith, lightCone, mscc, pair } from "./mscc.js";

const files = { "cone.ts": lightCone, "pair.ts": pair, "cross.ts": cross };
const cone = ["cone.ts", "--set", "frames=3", "--set", "speed=1"];

describe("bad input", () => {
  const cases: readonly (readonly [argv: readonly string[], want: string])[] = [
    [[...cone, "--query", "z=1"], "grid-unknown-axis: --query: lightCone has no axis 'z'\n  note: axes: t, y, x"],
    [
      [...cone, "--query", "t=6"],
      "grid-offset-outside: --query: position 6 on axis 't' lies outside the grid, whose extent is 6",
    ],
    [[...cone, "--query", "t=-1"], "grid-offset: --query: '-1' on axis 't' is not a position"],
    [[...cone, "--query", "t"], "assignment-form: --query takes t=4,y=4,x=4, not 't'"],
    [[...cone, "--grid", "t=3"], "grid-missing-axis: --grid lacks axes y, x of lightCone"],
    [[...cone, "--key-grid", "t=3,y=3,x=3"], "grid-shared: queries and keys of lightCone share one grid"],
    [
      ["cross.ts", "--grid", "x=3"],
      "grid-key-missing: halves has a grid of queries and a grid of keys, and only one is given",
    ],
    [["cone.ts"], "set-missing: params of lightCone without a value and without a default: frames, speed"],
    [
      [...cone, "-o", "cone.png"],
      "show-extension: -o: 'cone.png' ends in '.png'; pictures are .svg or .html\n  help: such as `-o cone.svg`",
    ],
    [
      [...cone, "-o", "cone"],
      "show-extension: -o: 'cone' has no extension; pictures are .svg or .html\n  help: such as `-o cone.svg`",
    ],
    [
      [...cone, "-o", "there/cone.svg"],
      "output-no-folder: 'there/cone.svg' cannot be written: there is no folder 'there'",
    ],
    [[...cone, "--format", "jsn"], "choice-unknown: --format: 'jsn' is not known; did you mean 'json'?"],
    [
      [...cone, "--grid", "t=400,y=400,x=400"],
      "show-too-large: the grid has 64000000 keys, and each is looked at; show takes at most 4194304",
    ],
    [["pair.ts"], "several-variants: 'pair.ts' exports 2 patterns, and `show` works on one"],
    [["pair.ts", "documents"], "table-not-given: a table of documents without values: bias"],
    [["pair.ts", "near", "--head", "x"], "show-head: --head: 'x' is not a whole number"],
    [["pair.ts", "near", "--table", "bias=b.npy"], "table-not-declared: 'bias' is not a table of near"],
    [["pair.ts", "documents", "--table", "bias=none.npy"], "file-unreadable: "],
    [[...cone, "--set", "speed=2000000000"], "assignment-twice: --set gives 'speed' twice"],
    [["cone.ts", "--set", "frames=3", "--set", "speed=2000000000"], "integer-overflow: 'speed * age' could reach"],
  ];
  it.each(cases)("%j", async (argv, want) => {
    const folder = folderWith(files);
    const { code, out, err } = await mscc(folder, ["show", ...argv]);
    expect(err).toContain(`error ${want}`);
    expect([out, code]).toEqual(["", 1]);
    expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort());
  });

  it("is reported together", async () => {
    const argv = ["show", ...cone, "--query", "z=1", "--head", "x", "--set", "radus=2"];
    const { err } = await mscc(folderWith(files), argv);
    expect(err.match(/^error [\w-]+/gm)).toEqual(["error grid-unknown-axis", "error set-unknown", "error show-head"]);
  });

  it("of a table that does not fit", async () => {
    const int = (data: number[]) => formatNpy({ shape: [data.length], data: Int32Array.from(data) });
    const tables = { "short.npy": int([0, 1]), "wild.npy": int([0, 2, 1, 3]), "bias.npy": int([1]) };
    const folder = folderWith({ ...files, ...tables });
    const argv = (table: string) => ["show", "pair.ts", "documents", "--grid", "x=4", "--table", `document=${table}`];
    const float = formatNpy({ shape: [4], data: new Float32Array(4) });
    const withBias = async (table: string) => {
      const own = folderWith({ ...files, ...tables, "bias.npy": float });
      return (await mscc(own, [...argv(table), "--table", "bias=bias.npy"])).err;
    };
    expect(await withBias("short.npy")).toContain(
      "error table-extent: dimension 'x' of table 'document' has extent 2, expected 4",
    );
    expect(await withBias("wild.npy")).toContain("error table-order: value 2 of table 'document' is 1, after 2");
    expect((await mscc(folder, [...argv("wild.npy"), "--table", "bias=bias.npy"])).err).toContain("error npy-dtype");
  });

  it("of a head that the given tables lack", async () => {
    const folder = folderWith({ "gain.npy": formatNpy({ shape: [2], data: new Float32Array(2) }), "p.ts": gain });
    const { err, code } = await mscc(folder, ["show", "p.ts", "--table", "gain=gain.npy", "--head", "2"]);
    expect([err, code]).toEqual([
      "error show-head-outside: --head: there is no head 2, since the tables hold 2 heads; heads count from 0\n\n1 error\n",
      1,
    ]);
  });
});

const gain = `import { attention, table } from "mscc";

/** A token sees all. */
export const loud = attention({
  axes: ["x"],
  tables: { gain: table("head") },
  attend: ({ q, k }) => k.x <= q.x,
  score: ({ s, q, k, head, gain }) => s - gain(head) * (q.x - k.x),
});
`;

it("an unknown option gives exit code 2", async () => {
  expect((await mscc(folderWith(files), ["show", ...cone, "--queri", "t=1"])).code).toBe(2);
});

it("axes that --query does not name stay where they are by default", async () => {
  const { out } = await mscc(folderWith(files), ["show", ...cone, "--query", "y=1", "--format", "json"]);
  expect(JSON.parse(out)).toMatchObject({ grid: { t: 6, y: 8, x: 12 }, query: { t: 4, y: 1, x: 6 } });
});

it("writes a picture and prints what is asked for beside it", async () => {
  const folder = folderWith(files);
  const { code, out, err } = await mscc(folder, ["show", ...cone, "-o", "cone.svg", "--format", "json"]);
  expect([err, code]).toEqual(["", 0]);
  expect(JSON.parse(out)).toMatchObject({ variant: "lightCone", counts: { seen: 83, all: 576 } });
  expect(readFileSync(join(folder, "cone.svg"), "utf8")).toMatch(/^<svg xmlns/);
  const again = await mscc(folder, ["show", ...cone, "-o", "cone.svg"]);
  expect(again).toEqual({ code: 0, out: "cone.svg: the query sees 83 of 576 keys\n", err: "" });
  expect(readdirSync(folder).sort()).toEqual([...Object.keys(files), "cone.svg"].sort());
});

it("gives data: tile, boxes, keys with their weights", async () => {
  const folder = folderWith({ "p.ts": gain, "gain.npy": formatNpy({ shape: [1], data: Float32Array.of(1) }) });
  const argv = ["show", "p.ts", "--grid", "x=3", "--query", "x=1", "--table", "gain=gain.npy", "--format", "json"];
  const data = JSON.parse((await mscc(folder, argv)).out) as object;
  expect(data).toEqual({
    variant: "loud",
    grid: { x: 3 },
    params: {},
    head: 0,
    drawnTables: [],
    query: { x: 1 },
    counts: { seen: 2, visited: 3, all: 3, whole: 0, tested: 1 },
    tile: { lo: [0], hi: [2] },
    boxes: [{ lo: [0], hi: [2], step: [1], whole: false }],
    keys: [
      { at: [0], weight: Math.fround(Math.exp(-1)) },
      { at: [1], weight: 1 },
    ],
  });
});

it("executes nothing of the file", async () => {
  const folder = folderWith({ "p.ts": `${gain}\nthrow new Error("executed");\n` });
  expect(await mscc(folder, ["show", "p.ts"])).toMatchObject({ code: 0, err: "" });
});
