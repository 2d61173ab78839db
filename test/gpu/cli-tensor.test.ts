/** `mscc verify` and `mscc run` of tensor operations on real drivers: without options, with arrays, with every dtype; what they refuse. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openGpu } from "../../runtime/index.js";
import { formatNpy, type NpyArray, readNpy } from "../../runtime/npy.js";
import { folderWith, mscc, spawnMscc } from "../cli/mscc.js";
import { mixed, operations } from "../cli/operations.js";
import { blank, download, operand } from "../runtime/on-device.js";

const product = (shape: readonly number[]) => shape.reduce((total, extent) => total * extent, 1);

function tensor(seed: number, ...shape: readonly number[]): NpyArray & { readonly data: Float32Array<ArrayBuffer> } {
  return { shape, data: Float32Array.from({ length: product(shape) }, (_, i) => Math.sin(seed + i * 0.7)) };
}

const ints = (...values: readonly number[]) => formatNpy({ shape: [values.length], data: Int32Array.from(values) });

describe("mscc verify", () => {
  const verified = (source: string, ...argv: readonly string[]) =>
    mscc(folderWith({ "o.ts": source }), ["verify", "o.ts", ...argv]);

  it.each([
    ["linear", [], "t=37, c=19, k=11, seed 1\n703 elements, schedule contraction"],
    ["layerNorm", [], "t=37, c=19, seed 1\n703 elements, schedule reduce"],
    ["pool", ["--set", "r=3"], "y=37, x=19, rows=111, columns=57, r=3, seed 1\n703 elements, schedule map"],
    ["embed", [], "t=37, c=19, vocabulary=11, seed 1\n703 elements, schedule map"],
  ] as const)("%s: the kernel is the declared function", async (name, argv, want) => {
    const { code, out, err } = await verified(operations, name, ...argv);
    expect(err).toContain("mscc verify executes o.ts to call its functions\n");
    expect(out.startsWith(`${name}: ${want}; `)).toBe(true);
    expect(out).toMatch(
      /, (?:baseline|subgroups of \d+)\noutput: worst error \S+, plain float32 \S+, allowed \S+\nthe kernel is the declared function\n$/,
    );
    expect(code).toBe(0);
  });

  it("takes extents, a seed, a profile, and gives data", async () => {
    const argv = ["linear", "--size", "t=65,c=33,k=100", "--seed", "7", "--profile", "baseline", "--format", "json"];
    const { code, out } = await verified(operations, ...argv);
    expect(code).toBe(0);
    const verdict = JSON.parse(out);
    expect(verdict).toMatchObject({
      variant: "linear",
      size: { t: 65, c: 33, k: 100 },
      params: {},
      seed: 7,
      dtype: "f32",
      profile: "baseline",
      kind: "baseline",
      schedule: "contraction",
      elements: 65 * 33,
      passed: true,
    });
    expect(verdict.output.error).toBeLessThanOrEqual(verdict.output.tolerance);
  });

  it("stores halves where the adapter has them, or says what it lacks", async () => {
    const { code, out, err } = await verified(operations, "linear", "--dtype", "f16");
    if (code === 0) expect(out).toMatch(/, f16(-subgroups of \d+)?\noutput: .*, plain float32 stored as f16 /);
    else expect(err).toMatch(/error adapter-lacks: the adapter .* does not run --dtype f16\n/);
  });

  it("takes arrays, whose shapes give extents", async () => {
    const files = { "o.ts": operations, "word.npy": ints(3, 0, 4, 4, 1), "rows.npy": formatNpy(tensor(1, 5, 3)) };
    const argv = ["verify", "o.ts", "embed", "--input", "word=word.npy"];
    const given = await mscc(folderWith(files), [...argv, "--input", "rows=rows.npy"]);
    expect([given.code, given.out.split(";")[0]]).toEqual([
      0,
      "embed: t=5, c=3, vocabulary=5, seed 1\n15 elements, schedule map",
    ]);
    // What is drawn is large enough for what is given.
    const drawn = await mscc(folderWith({ ...files, "word.npy": ints(30) }), argv);
    expect([drawn.code, drawn.out.split("\n")[0]]).toEqual([0, "embed: t=1, c=19, vocabulary=31, seed 1"]);
    const short = await mscc(folderWith(files), [...argv, "--input", "rows=rows.npy", "--size", "c=4,vocabulary=4"]);
    expect(short.err).toContain("error npy-extent: ");
    expect(short.err).toContain("2 errors");
    expect(short.code).toBe(1);
  });

  it("refuses what it cannot compare", async () => {
    const outside = operations.replace("image(r * y + dy,", "image(r * y - dy,");
    const failing = await verified(outside, "pool", "--set", "r=2");
    expect(failing.err).toContain(
      "error verify-reference: the declared function of 'pool' failed on these inputs: index -1 of input 'image' is outside 0..",
    );
    const root = operations.replace(
      "sum(size.k, (k) => x(t, k) * weight(c, k)) + bias(c)",
      "Math.sqrt(x(t, 0) - 2 + 0 * weight(c, 0) + 0 * bias(c))",
    );
    expect((await verified(root, "linear")).err).toContain(
      "error verify-not-finite: the declared function of 'linear' gives NaN at [0, 0] on these inputs, and there is nothing to compare\n",
    );
    const large = await verified(operations, "linear", "--size", "t=4096,c=4096");
    expect(large.err).toContain(
      "error verify-steps: with these extents the declared function of 'linear' takes 201326592 steps; verify takes at most 20000000\n",
    );
    const unset = await verified(operations, "pool");
    expect(unset.err).toContain("error set-missing: a param of pool without a value and without a default: r\n");
    const named = await verified(operations, "linear", "--input", "y=y.npy", "--size", "d=4", "--head-dim", "64");
    expect(named.err).toContain("error option-of-other: --head-dim is an option for attention patterns");
    const unknown = await verified(operations, "linear", "--input", "y=y.npy", "--size", "d=4");
    expect(unknown.err).toContain("error size-unknown: --size: linear has no axis or label 'd'\n");
    expect(unknown.err).toContain("error input-not-declared: 'y' is not an input of linear\n");
    const profile = await verified(operations, "embed", "--profile", "subgroups");
    expect(profile.err).toContain("error tensor-profile: embed has no kernel of the profile subgroups\n");
    const codes = [failing, large, unset, named, unknown, profile].map(({ code }) => code);
    expect(codes).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("takes what is unusual: no inputs, one element, six axes; and says where extents cannot be found", async () => {
    const odd = `import { float, input, sum, tensor } from "mscc";
export const ramp = tensor({
  axes: ["t", "c"],
  params: { step: float({ default: 0.5 }) },
  inputs: {},
  value: ({ step }, { t, c }) => t * step + c,
});
export const trace = tensor({
  axes: ["b"],
  inputs: { m: input("b", "n", "n") },
  value: ({ m, size }, { b }) => sum(size.n, (i) => m(b, i, i)),
});
export const turned = tensor({
  axes: ["a", "b", "c", "d", "e", "f"],
  inputs: { x: input("f", "e", "d", "c", "b", "a") },
  value: ({ x }, { a, b, c, d, e, f }) => -x(f, e, d, c, b, a),
});
export const far = tensor({ axes: ["t"], inputs: { x: input("n") }, value: ({ x }, { t }) => x(t * 1000000) });
export const grows = tensor({ axes: ["t"], inputs: { x: input("n") }, value: ({ x, size }, { t }) => x(size.n + 0 * t) });
`;
    const heads: string[] = [];
    for (const argv of [["ramp"], ["trace", "--size", "b=1,n=1"], ["turned"]]) {
      const { code, out } = await verified(odd, ...argv);
      expect(code).toBe(0);
      heads.push(out.split(";")[0] as string);
    }
    expect(heads).toEqual([
      "ramp: t=37, c=19, step=0.5, seed 1\n703 elements, schedule map",
      "trace: b=1, n=1, seed 1\n1 element, schedule reduce",
      "turned: a=3, b=3, c=3, d=3, e=3, f=7, seed 1\n1701 elements, schedule map",
    ]);
    expect((await verified(odd, "far")).err).toContain("on these inputs: input 'x' would be [130000001]\n");
    expect((await verified(odd, "grows")).err).toMatch(/on these inputs: index \d+ of input 'x' is outside 0\.\.\d+ /);
  });

  it("fails where the executed function is another than the source says", () => {
    const source = mixed.replace("2 * x(t)", "Math.abs(x(t))");
    const folder = folderWith({ "o.ts": `Math.abs = (x: number) => x;\n${source}` });
    const { code, out } = spawnMscc(folder, ["verify", "o.ts", "double"]);
    expect(out).toMatch(/at \[\d+\] the kernel gives \S+, the declared function \S+\n/);
    expect(out).toContain(
      "  a plain float32 computation errs as much: the operation needs more than float32, or mscc reads it wrongly\nthe kernel DIFFERS\n",
    );
    expect(code).toBe(1);
  });
});

describe("mscc run", () => {
  const [x, weight, bias] = [tensor(1, 7, 5), tensor(2, 3, 5), tensor(3, 3)];
  const arrays = { "x.npy": formatNpy(x), "w.npy": formatNpy(weight), "b.npy": formatNpy(bias) };
  const inputs = ["--input", "x=x.npy", "--input", "weight=w.npy", "--input", "bias=b.npy"];

  it("writes the output", async () => {
    const folder = folderWith({ "o.ts": operations, ...arrays });
    const { code, out, err } = await mscc(folder, ["run", "o.ts", "linear", ...inputs, "-o", "y.npy"]);
    expect([code, out]).toEqual([0, ""]);
    expect(err).toMatch(
      /linear: \[7, 3\] on .+, profile (baseline|subgroups of \d+), \d+ ms with shader compilation\n$/,
    );
    const got = readNpy(join(folder, "y.npy"));
    expect(got.shape).toEqual([7, 3]);
    for (let t = 0; t < 7; t++) {
      for (let c = 0; c < 3; c++) {
        let want = bias.data[c] as number;
        for (let k = 0; k < 5; k++) want += (x.data[t * 5 + k] as number) * (weight.data[c * 5 + k] as number);
        expect(Math.abs((got.data[t * 3 + c] as number) - want)).toBeLessThan(1e-5);
      }
    }
  });

  it("takes params, ints, and extents that no input has", async () => {
    const image = formatNpy({ shape: [4, 2], data: Float32Array.of(1, 3, 5, 7, 9, 11, 13, 15) });
    const files = { "image.npy": image, "word.npy": ints(1, 0), "rows.npy": formatNpy(tensor(1, 2, 2)) };
    const folder = folderWith({ "o.ts": operations, ...files });
    const pooled = ["run", "o.ts", "pool", "--input", "image=image.npy", "--set", "r=2", "-o", "p.npy"];
    const missing = await mscc(folder, pooled);
    expect(missing.err).toContain("error size-missing: no input gives the extents of pool along y, x\n");
    expect([missing.code, existsSync(join(folder, "p.npy"))]).toEqual([1, false]);
    expect((await mscc(folder, [...pooled, "--size", "y=2,x=1"])).code).toBe(0);
    expect(Array.from(readNpy(join(folder, "p.npy")).data)).toEqual([4, 12]);
    const gathered = ["--input", "word=word.npy", "--input", "rows=rows.npy", "-o", "e.npy"];
    expect((await mscc(folder, ["run", "o.ts", "embed", ...gathered])).code).toBe(0);
    const { data } = tensor(1, 2, 2);
    expect(Array.from(readNpy(join(folder, "e.npy")).data)).toEqual([...data.subarray(2), ...data.subarray(0, 2)]);
  });

  it("refuses what does not fit, and writes nothing", async () => {
    const folder = folderWith({ "o.ts": operations, "m.ts": mixed, ...arrays });
    const ran = async (...argv: readonly string[]) => {
      const { code, err } = await mscc(folder, ["run", ...argv, "-o", "y.npy"]);
      expect([code, existsSync(join(folder, "y.npy"))]).toEqual([1, false]);
      return err;
    };
    const none = await ran("o.ts", "linear", "--input", "x=x.npy");
    expect(none).toContain("error input-not-given: inputs of linear without values: weight, bias\n");
    const swapped = ["--input", "x=w.npy", "--input", "weight=x.npy", "--input", "bias=b.npy"];
    expect(await ran("o.ts", "linear", ...swapped)).toContain(
      "error npy-extent: axis 'c' of bias (b.npy) has extent 3, expected 7",
    );
    const ranks = ["--input", "x=b.npy", "--input", "weight=w.npy", "--input", "bias=b.npy"];
    expect(await ran("o.ts", "linear", ...ranks)).toContain("error npy-rank: x (b.npy) has");
    const kinds = await ran("m.ts", "double", "--q", "x.npy", "--lse", "l.npy");
    expect(kinds).toContain("error option-of-other: --q is an option for attention patterns");
    expect(kinds).toContain("  help: what you mean may be `--input name=file.npy`\n");
    const other = await ran("m.ts", "near", "--input", "x=x.npy");
    expect(other).toContain("error option-of-other: --input is an option for tensor operations");
    const twice = await mscc(folder, ["run", "o.ts", "linear", ...inputs, "-o", "x.npy"]);
    expect(twice.err).toContain("error output-twice: 'x.npy' is named for two arrays");
  });
});

describe("the module that mscc compile writes", () => {
  it("needs nothing but a device, and gives what mscc run gives", async () => {
    const [x, weight, bias] = [tensor(1, 70, 9), tensor(2, 66, 9), tensor(3, 66)];
    const arrays = { "x.npy": formatNpy(x), "w.npy": formatNpy(weight), "b.npy": formatNpy(bias) };
    const folder = folderWith({ "package.json": `{ "type": "module" }`, "o.ts": operations, ...arrays });
    const files = ["--input", "x=x.npy", "--input", "weight=w.npy", "--input", "bias=b.npy"];
    expect((await mscc(folder, ["run", "o.ts", "linear", ...files, "-o", "y.npy"])).code).toBe(0);
    expect((await mscc(folder, ["compile", "o.ts", "linear"])).code).toBe(0);
    const { load, manifest, LaunchError } = await import(/* @vite-ignore */ join(folder, "generated/linear/index.js"));
    expect([manifest.kind, manifest.name]).toEqual(["tensor", "linear"]);
    const { device, close } = await openGpu();
    try {
      const kernel = await load(device);
      const output = blank(device, 70, 66);
      const inputs = { x: operand(device, x), weight: operand(device, weight), bias: operand(device, bias) };
      const launch = kernel.bind({ inputs, output });
      await launch.run();
      expect(Array.from(await download(device, output.buffer))).toEqual(
        Array.from(readNpy(join(folder, "y.npy")).data),
      );
      const short = { ...inputs, bias: operand(device, tensor(3, 65)) };
      expect(() => kernel.bind({ inputs: short, output })).toThrow(LaunchError);
      kernel.dispose();
    } finally {
      close();
    }
  });
});
