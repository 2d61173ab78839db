/** Bad input of `mscc run`: found before any GPU is opened, named axis by axis, and nothing is written. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatNpy } from "../../runtime/npy.js";
import { cross, folderWith, mscc, pair } from "./mscc.js";

const product = (shape: readonly number[]) => shape.reduce((total, extent) => total * extent, 1);
const floats = (...shape: number[]) => formatNpy({ shape, data: new Float32Array(product(shape)) });
const ints = (...shape: number[]) => formatNpy({ shape, data: new Int32Array(product(shape)) });

type Files = { readonly [name: string]: string | Uint8Array };

const good: Files = {
  "p.ts": pair,
  "cross.ts": cross,
  "q.npy": floats(2, 4, 7, 8),
  "k.npy": floats(2, 2, 9, 8),
  "v.npy": floats(2, 2, 9, 5),
  "bias.npy": floats(9),
  "document.npy": ints(9),
};

const operands = ["--q", "q.npy", "--k", "k.npy", "--v", "v.npy"];

async function refused(files: Files, argv: readonly string[], file = "p.ts", variant = "near"): Promise<string> {
  const folder = folderWith({ ...good, ...files });
  const others = operands.filter((_, i) => !argv.includes(operands[i - (i % 2)] as string));
  const { code, out, err } = await mscc(folder, ["run", file, variant, ...others, "-o", "o.npy", ...argv]);
  expect([code, out, existsSync(join(folder, "o.npy"))]).toEqual([1, "", false]);
  expect(err).not.toMatch(/^\s+at /m);
  return err.replaceAll(`${folder}/`, "");
}

/** An array of another dtype, or in another order, as numpy would head it. */
function npyOf(descr: string, order: "True" | "False", shape: readonly number[]): Buffer {
  const dict = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(", ")},), }`;
  const head = `${dict.padEnd(117)}\n`;
  const body = Buffer.alloc(product(shape) * Number(descr.slice(2)));
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), Buffer.from(head, "latin1"), body]);
}

describe("files", () => {
  const cases: readonly (readonly [string, Files, string])[] = [
    ["empty", { "q.npy": "" }, "error npy-magic: q.npy is not a .npy file"],
    [
      "truncated",
      { "k.npy": floats(2, 2, 9, 8).subarray(0, 600) },
      "error npy-truncated: k.npy is truncated: expected",
    ],
    [
      "of wrong dtype",
      { "v.npy": npyOf("<f8", "False", [2, 2, 9, 5]) },
      "error npy-dtype: v.npy holds dtype '<f8', expected float32",
    ],
    ["in Fortran order", { "q.npy": npyOf("<f4", "True", [2, 4, 7, 8]) }, "error npy-order: q.npy is in Fortran order"],
  ];
  it.each(cases)("%s", async (_, files, want) => {
    expect(await refused(files, [])).toContain(want);
  });

  it("that do not exist, all named at once", async () => {
    const argv = ["run", "p.ts", "near", "--q", "no.npy", "--k", "nope.npy", "--v", "v.npy", "-o", "o.npy"];
    const folder = folderWith(good);
    const { code, err } = await mscc(folder, argv);
    expect(code).toBe(1);
    expect(err).toContain(`error file-unreadable: ${join(folder, "no.npy")} cannot be read: it does not exist\n`);
    expect(err).toContain(`error file-unreadable: ${join(folder, "nope.npy")} cannot be read: it does not exist\n`);
  });

  it("named twice", async () => {
    expect(await refused({}, ["--lse", "o.npy"])).toContain("error output-twice: 'o.npy' is named for two arrays");
    const folder = folderWith(good);
    const { code, err } = await mscc(folder, ["run", "p.ts", "near", ...operands, "-o", "./q.npy"]);
    expect(code).toBe(1);
    expect(err).toContain("error output-twice: './q.npy' is named for two arrays");
  });

  it("named three times, said once", async () => {
    const folder = folderWith(good);
    const { err } = await mscc(folder, ["run", "p.ts", "near", ...operands, "-o", "q.npy", "--lse", "q.npy"]);
    expect(err.match(/output-twice/g)).toHaveLength(1);
  });

  it("that would go into a folder that is not there, none of which is made", async () => {
    const folder = folderWith(good);
    const outputs = ["-o", "out/deep/o.npy", "--lse", "q.npy/lse.npy"];
    const { code, err } = await mscc(folder, ["run", "p.ts", "near", ...operands, ...outputs]);
    expect(code).toBe(1);
    expect(err).toContain("error output-no-folder: 'out/deep/o.npy' cannot be written: there is no folder 'out/deep'");
    expect(err).toContain("error output-no-folder: 'q.npy/lse.npy' cannot be written: there is no folder 'q.npy'");
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});

describe("shapes", () => {
  it("are compared axis by axis", async () => {
    const err = await refused({ "k.npy": floats(3, 2, 9, 16), "v.npy": floats(2, 1, 8, 5) }, []);
    expect(err).toContain("error npy-extent: axis 'batch' of k (k.npy) has extent 3, expected 2");
    expect(err).toContain("error npy-extent: axis 'head dim' of k (k.npy) has extent 16, expected 8");
    expect(err).toContain("error npy-extent: axis 'heads' of v (v.npy) has extent 1, expected 2");
    expect(err).toContain("error npy-extent: axis 'x' of v (v.npy) has extent 8, expected 9");
  });

  it("have the pattern's rank", async () => {
    const err = await refused({ "q.npy": floats(2, 4, 3, 7, 8) }, []);
    expect(err).toContain(
      "error npy-rank: q (q.npy) has shape [2, 4, 3, 7, 8], expected 4 dimensions: [batch, heads, x, head dim]",
    );
  });

  it("hold no 0 and no dim beyond 256", async () => {
    expect(await refused({ "q.npy": floats(2, 4, 0, 8) }, [])).toContain(
      "error operand-empty: q (q.npy) has extent 0 on axis 'x'",
    );
    const wide = { "q.npy": floats(2, 4, 7, 300), "k.npy": floats(2, 2, 9, 300) };
    expect(await refused(wide, [])).toContain(
      "error operand-head-dim: the last dimension of q (q.npy) is 300; kernels take 1 to 256",
    );
  });
});

describe("numbers", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["--set", "reach=12"], "error set-out-of-bounds: --set reach=12: param 'reach' takes values from 0 to 9"],
    [["--query-offset", "x=-1"], "error grid-offset: --query-offset: '-1' on axis 'x' is not a position"],
    [["--query-offset", "t=1"], "error grid-unknown-axis: --query-offset: near has no axis 't'"],
    [["--key-extent", "x=0"], "error grid-extent: --key-extent: '0' on axis 'x' is not an extent"],
    [["--key-extent", "t=1"], "error grid-unknown-axis: --key-extent: near has no axis 't'"],
    [["--key-ring", "t"], "error grid-unknown-axis: --key-ring: near has no axis 't'"],
    [["--grid", "x=0"], "error grid-extent: --grid: '0' on axis 'x'"],
    [["--key-grid", "x=9"], "error grid-shared: queries and keys of near share one grid"],
    [["--scale", "big"], "error scale-form: --scale: 'big' is not a finite number"],
    [["--profile", "sm_80"], "error target-other: --profile sm_80 is of kernels for the target cuda"],
    [["--table", "bias=bias.npy"], "error table-not-declared: 'bias' is not a table of near"],
  ];
  it.each(cases)("%j", async (argv, want) => {
    expect(await refused({}, argv)).toContain(want);
  });

  it("of params without a default are needed, all named", async () => {
    const source = pair.replace("max: 9, default: 2", "max: 9");
    expect(await refused({ "p.ts": source }, [])).toContain(
      "error set-missing: a param of near without a value and without a default: reach\n  help: give it a value: `--set reach=...`",
    );
  });

  it("of tables are needed, and of their types", async () => {
    expect(await refused({}, [], "p.ts", "documents")).toContain(
      "error table-not-given: tables of documents without values: document, bias\n  help: give their files: `--table document=document.npy --table bias=bias.npy`",
    );
    const mistyped = await refused({}, ["--table", "docment=document.npy"], "p.ts", "documents");
    expect(mistyped).toBe(
      "error table-not-declared: 'docment' is not a table of documents; did you mean 'document'?\n  note: tables: document, bias\n\n1 error\n",
    );
    const swapped = ["--table", "document=bias.npy", "--table", "bias=document.npy"];
    const err = await refused({}, swapped, "p.ts", "documents");
    expect(err).toContain("error npy-dtype: bias.npy holds dtype '<f4', expected int32 ('<i4') or int64 ('<i8')");
    expect(err).toContain("error npy-dtype: document.npy holds dtype '<i4', expected float32 ('<f4')");
    expect(await refused({}, [...swapped, "--table", "bias"], "p.ts", "documents")).toContain(
      "error assignment-form: --table takes name=file.npy, not 'bias'",
    );
  });
});
