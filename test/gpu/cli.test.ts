/** The commands that use the adapter: `run`, `verify`, `doctor`; and what they say where there is none. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { attention, int, reference } from "../../dsl/index.js";
import { formatNpy, type NpyArray, readNpy } from "../../runtime/npy.js";
import { cross, filesBelow, folderWith, lightCone, mscc, pair, spawnMscc } from "../cli/mscc.js";

const product = (shape: readonly number[]) => shape.reduce((total, extent) => total * extent, 1);

function tensor(seed: number, ...shape: readonly number[]): NpyArray & { readonly data: Float32Array<ArrayBuffer> } {
  return { shape, data: Float32Array.from({ length: product(shape) }, (_, i) => Math.sin(seed + i * 0.7)) };
}

const worst = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  got.length === want.length
    ? Array.from(want).reduce((most, value, i) => Math.max(most, Math.abs((got[i] as number) - value)), 0)
    : Number.NaN;

const near = attention({
  axes: ["x"],
  params: { reach: int({ min: 0, max: 9, default: 2 }) },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
});

const operands = ["--q", "q.npy", "--k", "k.npy", "--v", "v.npy", "-o", "o.npy", "--lse", "lse.npy"];

describe("mscc run", () => {
  it("writes output and LSE of a box of a larger grid", async () => {
    const [q, k, v] = [tensor(1, 2, 4, 7, 8), tensor(2, 2, 2, 9, 8), tensor(3, 2, 2, 9, 5)];
    const arrays = { "q.npy": formatNpy(q), "k.npy": formatNpy(k), "v.npy": formatNpy(v) };
    const folder = folderWith({ "p.ts": pair, ...arrays });
    const numbers = ["--set", "reach=3", "--query-offset", "x=5", "--grid", "x=20", "--scale", "0.25"];
    const { code, out, err } = await mscc(folder, ["run", "p.ts", "near", ...operands, ...numbers]);
    expect([code, out]).toEqual([0, ""]);
    expect(err).toMatch(
      /near: \[2, 4, 7, 5\] on .+, profile (baseline|subgroups of \d+), \d+ ms with shader compilation\n$/,
    );
    const input = { q, k, v, params: { reach: 3 }, queryOffset: [5], size: { q: [20] }, scale: 0.25 };
    const want = reference(near, input);
    const [output, lse] = [readNpy(join(folder, "o.npy")), readNpy(join(folder, "lse.npy"))];
    expect([output.shape, lse.shape]).toEqual([
      [2, 4, 7, 5],
      [2, 4, 7],
    ]);
    expect(worst(output.data, want.output)).toBeLessThan(1e-5);
    expect(worst(lse.data, want.lse)).toBeLessThan(1e-5);
  });

  it("takes keys in a ring that is not full", async () => {
    const [q, k, v] = [tensor(1, 1, 2, 2, 8), tensor(2, 1, 2, 5, 8), tensor(3, 1, 2, 5, 8)];
    // Positions 5 to 8 in slots 5, 6, 0, 1 modulo 7; the others hold what must not be read.
    const ring = ({ data }: ReturnType<typeof tensor>) => {
      const turned = new Float32Array(2 * 7 * 8).fill(Number.NaN);
      for (const head of [0, 1]) {
        for (let i = 0; i < 4; i++) {
          turned.set(data.subarray((head * 5 + i) * 8, (head * 5 + i + 1) * 8), (head * 7 + ((5 + i) % 7)) * 8);
        }
      }
      return formatNpy({ shape: [1, 2, 7, 8], data: turned });
    };
    const folder = folderWith({ "p.ts": pair, "q.npy": formatNpy(q), "k.npy": ring(k), "v.npy": ring(v) });
    const numbers = ["--query-offset", "x=6", "--key-offset", "x=5", "--key-extent", "x=4", "--key-ring", "x"];
    expect((await mscc(folder, ["run", "p.ts", "near", ...operands, ...numbers])).code).toBe(0);
    const held = ({ data }: ReturnType<typeof tensor>) => ({
      shape: [1, 2, 4, 8],
      data: Float32Array.from([...data.subarray(0, 32), ...data.subarray(40, 72)]),
    });
    const input = { q, k: held(k), v: held(v), params: { reach: 2 }, queryOffset: [6], keyOffset: [5] };
    expect(worst(readNpy(join(folder, "o.npy")).data, reference(near, input).output)).toBeLessThan(1e-5);
  });

  it("takes tables, and a grid for each side", async () => {
    const arrays = { "q.npy": formatNpy(tensor(1, 1, 1, 6, 4)), "k.npy": formatNpy(tensor(2, 1, 1, 3, 4)) };
    const line = { "v.npy": formatNpy({ shape: [1, 1, 3, 1], data: Float32Array.of(1, 2, 3) }) };
    const folder = folderWith({ "p.ts": cross, ...arrays, ...line });
    expect((await mscc(folder, ["run", "p.ts", ...operands])).code).toBe(0);
    expect(Array.from(readNpy(join(folder, "o.npy")).data)).toEqual([1, 1, 2, 2, 3, 3]);

    const three = formatNpy({ shape: [1, 1, 3, 1], data: Float32Array.of(1, 2, 3) });
    const tables = {
      "document.npy": formatNpy({ shape: [3], data: Int32Array.of(0, 0, 7) }),
      "bias.npy": formatNpy({ shape: [3], data: Float32Array.of(0, 0, 0) }),
      "short.npy": formatNpy({ shape: [2], data: Int32Array.of(0, 7) }),
    };
    const zero = formatNpy({ shape: [1, 1, 3, 1], data: new Float32Array(3) });
    const other = folderWith({ "p.ts": pair, "q.npy": zero, "k.npy": zero, "v.npy": three, ...tables });
    const withTables = (document: string) =>
      mscc(other, [
        "run",
        "p.ts",
        "documents",
        ...operands,
        "--table",
        `document=${document}`,
        "--table",
        "bias=bias.npy",
      ]);
    const short = await withTables("short.npy");
    expect(short.err).toContain("error table-extent: dimension 'x' of table 'document' has extent 2, expected 3");
    expect([short.code, existsSync(join(other, "o.npy"))]).toEqual([1, false]);
    expect((await withTables("document.npy")).code).toBe(0);
    expect(Array.from(readNpy(join(other, "o.npy")).data)).toEqual([1.5, 1.5, 3]);
  });

  it("ends with NaN in its inputs, which stay where they are seen", async () => {
    const v = tensor(3, 1, 1, 200, 4);
    v.data[0] = Number.NaN;
    const arrays = { "q.npy": formatNpy(tensor(1, 1, 1, 200, 8)), "k.npy": formatNpy(tensor(2, 1, 1, 200, 8)) };
    const folder = folderWith({ "p.ts": pair, ...arrays, "v.npy": formatNpy(v) });
    expect((await mscc(folder, ["run", "p.ts", "near", ...operands])).code).toBe(0);
    const { data } = readNpy(join(folder, "o.npy"));
    expect(Number.isNaN(data[0])).toBe(true);
    expect(data.subarray(400).every(Number.isFinite)).toBe(true);
  });

  it("leaves its outputs alone where the launch is refused", async () => {
    const [q, k] = [tensor(1, 1, 3, 7, 8), tensor(2, 1, 2, 7, 8)];
    const arrays = { "q.npy": formatNpy(q), "k.npy": formatNpy(k), "v.npy": formatNpy(k) };
    const folder = folderWith({ "p.ts": pair, ...arrays, "o.npy": "before" });
    const { code, err } = await mscc(folder, ["run", "p.ts", "near", ...operands, "--grid", "x=5"]);
    expect(code).toBe(1);
    expect(err).toContain("error head-ratio: q has 3 heads and k has 2, expected a multiple of the key heads");
    const left = filesBelow(folder);
    expect([Object.keys(left), left["o.npy"]]).toEqual([["k.npy", "o.npy", "p.ts", "q.npy", "v.npy"], "before"]);
    expect(err).toContain("error outside-grid: the queries lie at 0 to 6 on axis 'x', expected within 0 to 4");
  });
});

describe("mscc verify", () => {
  const numbers = ["--set", "frames=3", "--set", "speed=1"];

  it("finds the kernel to be the declared function", async () => {
    const folder = folderWith({ "p.ts": lightCone });
    const { code, out, err } = await mscc(folder, ["verify", "p.ts", ...numbers, "--grid", "t=4,y=5,x=6"]);
    expect(err).toContain("mscc verify executes p.ts to call its functions\n");
    expect(out).toMatch(
      /^lightCone: grid t=4,y=5,x=6, batch 2, heads 2\/1, head dim 16, value dim 16, seed 1\n\d+ of 57600 pairs attend; .*, (?:baseline|subgroups of \d+)\noutput: worst error .*, plain float32 .*, allowed .*\nLSE: .*\nthe kernel is the declared function\n$/,
    );
    expect(code).toBe(0);
  });

  it("draws tables, takes two grids and offsets, and gives data", async () => {
    const folder = folderWith({ "p.ts": pair, "cross.ts": cross });
    const documents = await mscc(folder, ["verify", "p.ts", "documents", "--format", "json", "--seed", "5"]);
    expect(documents.code).toBe(0);
    const verdict = JSON.parse(documents.out);
    expect(verdict).toMatchObject({ variant: "documents", heads: 2, keyHeads: 1, seed: 5, passed: true });
    expect(verdict.output.error).toBeLessThan(verdict.output.tolerance);
    const grids = ["--grid", "x=9", "--key-grid", "z=4", "--query-offset", "x=2", "--key-offset", "z=1"];
    const halves = await mscc(folder, ["verify", "cross.ts", ...grids, "--heads", "6/2", "--head-dim", "17"]);
    expect([halves.err.includes("error"), halves.code]).toEqual([false, 0]);
  });

  it("refuses what it cannot compare", async () => {
    const source = pair.replace("bias(Math.abs(q.x - k.x))", "bias(q.x - k.x)");
    const folder = folderWith({ "p.ts": source, "cone.ts": lightCone, "cross.ts": cross });
    const failing = await mscc(folder, ["verify", "p.ts", "documents"]);
    expect(failing.err).toMatch(
      /error verify-reference: the declared function of 'documents' failed on these inputs: index -\d+/,
    );
    const large = await mscc(folder, ["verify", "cone.ts", ...numbers, "--grid", "t=40,y=40,x=40"]);
    expect(large.err).toContain("error verify-too-large: the grid has");
    const offset = await mscc(folder, ["verify", "cross.ts", "--query-offset", "x=67", "--grid", "x=9"]);
    expect(offset.err).toContain("error grid-key-missing: halves has a grid of queries and a grid of keys");
    expect(offset.err).toContain("error grid-offset-outside: --query-offset: position 67 on axis 'x' lies outside");
    const unset = await mscc(folder, ["verify", "cone.ts"]);
    expect(unset.err).toContain(
      "error set-missing: params of lightCone without a value and without a default: frames, speed",
    );
    expect([failing.code, large.code, offset.code, unset.code]).toEqual([1, 1, 1, 1]);
  });

  it("fails where the executed function is another than the source says", () => {
    const folder = folderWith({ "p.ts": `Math.abs = (x: number) => x;\n${pair}` });
    const { code, out } = spawnMscc(folder, ["verify", "p.ts", "near"]);
    expect(out).toMatch(/at \[[\d, ]+\] the kernel gives \S+, the declared function \S+\n/);
    expect(out).toContain("the kernel DIFFERS\n");
    expect(code).toBe(1);
  });
});

describe("mscc doctor", () => {
  it("describes the adapter", async () => {
    const { code, out, err } = await mscc("/", ["doctor"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^mscc .*\nadapter: .*\n {2}f32 runs (?:baseline|subgroups of \d+): .*\n/);
    expect(out).toContain("maxStorageBufferBindingSize");
    expect(out).toMatch(/\nnvcc: .*\n$/);
    const { out: json } = await mscc("/", ["doctor", "--format", "json"]);
    const data = JSON.parse(json);
    expect(data.problems).toEqual([]);
    const { profiles, choices } = data.adapters[0];
    expect(choices[0]).toMatchObject({ dtype: "f32", kind: expect.stringMatching(/^(baseline|subgroups of \d+)$/) });
    expect(profiles).toContainEqual({ kind: "baseline", dtype: "f32", runs: true, lacks: [] });
    for (const { runs, lacks } of profiles) expect(runs).toBe(lacks.length === 0);
  });
});

describe("--profile", () => {
  interface Described {
    readonly kind: string;
    readonly runs: boolean;
    readonly lacks: readonly string[];
  }

  it("forces a kernel, or is refused with what the adapter lacks", async () => {
    const folder = folderWith({ "p.ts": pair });
    const { out } = await mscc("/", ["doctor", "--format", "json"]);
    const all: readonly Described[] = JSON.parse(out).adapters[0].profiles;
    const profileOf = ({ kind }: Described) => kind.replace(/ of \d+$/, "");
    for (const profile of new Set(all.map(profileOf))) {
      const own = all.filter((each) => profileOf(each) === profile);
      const best = own.find(({ runs }) => runs);
      const argv = ["verify", "p.ts", "near", "--grid", "x=9", "--profile", profile];
      const { code, out: verdict, err } = await mscc(folder, argv);
      expect(code).toBe(best ? 0 : 1);
      if (best) expect(verdict).toContain(`, ${best.kind}\n`);
      else
        expect(err).toMatch(
          new RegExp(`error adapter-lacks: the adapter .* does not run --profile ${profile}\n {2}note: `),
        );
    }
  });
});

describe("without an adapter", () => {
  const env = { ...process.env, VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };

  it("doctor and run say what to install", () => {
    const doctor = spawnMscc("/", ["doctor"], env);
    expect(doctor.code).toBe(1);
    expect(doctor.err).toContain("error no-adapter: no WebGPU adapter was found on this machine\n  help: install");
    const array = formatNpy(tensor(1, 1, 1, 3, 4));
    const folder = folderWith({ "p.ts": pair, "q.npy": array, "k.npy": array, "v.npy": array });
    const run = spawnMscc(folder, ["run", "p.ts", "near", ...operands], env);
    expect(run.code).toBe(1);
    expect(run.err).toContain("error no-adapter: no WebGPU adapter was found on this machine");
    expect(existsSync(join(folder, "o.npy"))).toBe(false);
    const json = spawnMscc("/", ["doctor", "--format", "json"], env);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ adapters: [], problems: [{ code: "no-adapter" }] });
  });
});

describe("names that the kernels have uses for", () => {
  const source = `import { attention, int, table } from "mscc";

export const odd = attention({
  axes: ["t", "x"],
  params: { row_0: int({}), column_0: int({}), last: int({}), origin: int({ min: 0 }) },
  tables: { doc: table.int("x") },
  attend: ({ q, k, row_0, column_0, last, origin, doc }) =>
    (q.x * q.x - column_0 > k.x * k.x * row_0 || doc(q.x) * 2 === doc(k.x) + row_0) && k.t <= q.t + last && k.t >= origin,
});
`;
  it.each(["baseline", "best"])("are the user's all the same: %s", async (profile) => {
    const sets = ["row_0=1", "column_0=2", "last=0", "origin=0"].flatMap((each) => ["--set", each]);
    const forced = profile === "best" ? [] : ["--profile", profile];
    const { code, out } = await mscc(folderWith({ "p.ts": source }), ["verify", "p.ts", ...sets, ...forced]);
    expect(code).toBe(0);
    expect(out).toContain("the kernel is the declared function");
  });
});
