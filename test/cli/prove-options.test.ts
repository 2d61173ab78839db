/** `mscc prove`: the check of a translation, answers as data, what cannot be asked, the solver and its cache. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { folderWith } from "./mscc.js";
import { files, prove, windows } from "./prove-patterns.js";

const solver = vi.hoisted(() => ({ installed: true, loads: 0 }));
vi.mock("../../backends/smt/z3.js", async (original) => {
  const z3 = await original<typeof import("../../backends/smt/z3.js")>();
  return {
    ...z3,
    installedZ3: () => (solver.installed ? z3.installedZ3() : undefined),
    loadZ3: () => {
      solver.loads++;
      return z3.loadZ3();
    },
  };
});
beforeEach(() => Object.assign(solver, { installed: true, loads: 0 }));

describe("the translation", () => {
  it("is proved claim by claim", async () => {
    const { code, out } = await prove(["p.ts", "near"]);
    expect(out).toMatchInlineSnapshot(`
      "proved: the kernels of near do what it declares
        coverage    32 of 32 proved  every pair that attends is visited
        uniqueness  3 of 3 proved    none is visited twice
        tiles       4 of 4 proved    tiles are skipped, or left unmasked, only where that is right
        score       2 of 2 proved    the score is the declared one
        integers    8 of 8 proved    no integer leaves 32 bits, no divisor is 0; 25 checks are left to the launcher
        49 claims proved in N ms
        for every grid that the launcher accepts and all params within their bounds (frames >= 1, radius >= 0)
      "
    `);
    expect(code).toBe(0);
  });

  it("is proved for params that are fixed, and may be known from earlier proofs", async () => {
    const folder = folderWith(files);
    const lines = async () => (await prove(["p.ts", "near", "--set", "frames=3"], folder)).out.split("\n").slice(6);
    const scope = "for every grid that the launcher accepts and all params within their bounds (frames=3, radius >= 0)";
    expect(await lines()).toEqual(["  49 claims proved in N ms", `  ${scope}`, ""]);
    expect(await lines()).toContain("  note: known from earlier proofs");
  });

  it("names what is not proved, and what to do", async () => {
    const { code, out } = await prove(["s.ts", "documents"]);
    expect(out).toMatchInlineSnapshot(`
      "refuted: documents reads \`bias\` outside its table
        coverage    14 of 14 proved  every pair that attends is visited
        uniqueness  1 of 1 proved    none is visited twice
        tiles       4 of 4 proved    tiles are skipped, or left unmasked, only where that is right
        score       2 of 2 proved    the score is the declared one
        integers    6 of 6 proved    no integer leaves 32 bits, no divisor is 0; 7 checks are left to the launcher
        tables      2 of 3 proved    pairs that attend read within the tables
        29 of 30 claims proved, in N ms
        note: floats are treated as real numbers: their rounding is not part of the proof

        refuted: "every pair that attends reads \`bias(abs(q.i - k.i))\` within the table"

          The smallest counterexample found:

            grid      i=2
            params    alpha=any
            query     i=0
            key       i=1
            document  [0, 0]

          \`bias\` is read at index 1, and it has 1 entry.

        help: state the extents of the table with \`extents\`, or keep the index within it for every pair that
          attends, say with \`Math.min\` and \`Math.max\`
      "
    `);
    expect(code).toBe(1);
  });

  it("of a pattern that is never true is the error that compile gives; questions are answered", async () => {
    const { code, out, err } = await prove(["p.ts", "nothing"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("error never-true: 'nothing' is never true");
    expect((await prove(["p.ts", "nothing", "--within", "near"])).code).toBe(0);
  });
});

describe("--format json", () => {
  it("gives answers as data", async () => {
    const { code, out } = await prove(["p.ts", "near", "--causal", "t", "--within", "future", "--format", "json"]);
    expect(out).toMatchInlineSnapshot(`
      "{
        "file": "p.ts",
        "variant": "near",
        "answers": [
          {
            "question": {
              "kind": "causal",
              "axis": "t",
              "text": "no query of near sees a key at a later t"
            },
            "verdict": "proved",
            "over": "integers",
            "milliseconds": N,
            "cached": false
          },
          {
            "question": {
              "kind": "within",
              "other": "future",
              "text": "every pair that attends in near attends in future"
            },
            "verdict": "refuted",
            "counterexample": {
              "grid": {
                "t": 1,
                "y": 1,
                "x": 1
              },
              "params": {
                "frames": 1,
                "radius": 0
              },
              "query": {
                "t": 0,
                "y": 0,
                "x": 0
              },
              "key": {
                "t": 0,
                "y": 0,
                "x": 0
              },
              "tables": {}
            },
            "milliseconds": N,
            "cached": false
          }
        ],
        "diagnostics": [],
        "exitCode": 1
      }
      "
    `);
    expect(code).toBe(1);
  });

  it("gives the claims about the kernels", async () => {
    const { out } = await prove(["s.ts", "documents", "--format", "json"]);
    const { answers, exitCode } = JSON.parse(out.replaceAll(": N", ": 0"));
    expect(exitCode).toBe(1);
    expect(answers).toMatchObject([
      {
        question: { kind: "translation", text: "the kernels of documents do what it declares" },
        verdict: "refuted",
        claims: { tables: { proved: 2, total: 3 } },
        open: [
          {
            kind: "tables",
            verdict: "refuted",
            counterexample: {
              grid: { i: 2 },
              query: { i: 0 },
              key: { i: 1 },
              read: { table: "bias", indices: [1], extents: [1] },
            },
          },
        ],
        cached: false,
      },
    ]);
  });
});

it("--format json gives what cannot be asked as data too", async () => {
  const { code, out, err } = await prove(["p.ts", "near", "--causal", "tt", "--format", "json"]);
  expect([code, err]).toEqual([1, ""]);
  expect(JSON.parse(out)).toMatchObject({
    file: "p.ts",
    variant: "near",
    answers: [],
    diagnostics: [{ code: "prove-axis", severity: "error" }],
    exitCode: 1,
  });
});

describe("what cannot be asked", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [
      ["p.ts", "near", "--causal", "tt"],
      "error prove-axis: --causal: 'tt' is not an axis of both queries and keys of near",
    ],
    [
      ["more/coarse.ts", "--causal", "y"],
      "error prove-axis: --causal: 'y' is not an axis of both queries and keys of rows",
    ],
    [["p.ts", "--nonempty"], "error several-variants: 'p.ts' exports 4 patterns, and `prove` works on one"],
    [["p.ts", "near", "--within", "s.ts"], "error prove-other: --within 's.ts' does not name a pattern"],
    [["p.ts", "near", "--within", "fra"], "error unknown-variant: 'p.ts' exports no pattern 'fra'"],
    [["p.ts", "near", "--within", "gone.ts#a"], "error file-missing: file 'gone.ts' does not exist"],
    [
      ["p.ts", "near", "--equals", "s.ts#last"],
      "error prove-axes-differ: near and s.ts#last have different axes, so they have no pairs in common to compare\n" +
        "  note: near: t, y, x (one grid)\n  note: s.ts#last: i (one grid)",
    ],
    [
      ["s.ts", "steep", "--within", "blocks"],
      "error prove-one-name: steep and blocks declare different params 'alpha'",
    ],
    [
      ["s.ts", "documents", "--set", "alpha=1", "--disjoint", "blocks"],
      "error prove-one-name: documents and blocks declare different tables 'document'",
    ],
    [
      ["s.ts", "documents", "--disjoint", "stated"],
      'note: documents: table.int("i", { min: 0, sorted: true })\n  note: stated: table.int("i")',
    ],
    [
      ["s.ts", "stated", "--equals", "restated"],
      'note: stated: table("pair", { max: 1, extents: [alpha] })\n  note: restated: table("pair", { extents: [alpha + 1] })',
    ],
    [
      ["s.ts", "steep", "--within", "wide"],
      "error prove-no-value: no value of param 'alpha' lies within the bounds of both",
    ],
    [["s.ts", "steep", "--set", "beta=1"], "error set-unknown: 'beta' is not a param of steep"],
    [["s.ts", "steep", "--time-limit", "soon"], "error time-limit: --time-limit: 'soon' is not a number of seconds"],
    [["s.ts", "steep", "--time-limit", "0"], "error time-limit: --time-limit: '0' is not a number of seconds"],
    [["s.ts", "steep", "--format", "xml"], "error choice-unknown: --format: 'xml' is not known"],
  ];
  it.each(cases)("%j", async (argv, want) => {
    const { code, out, err } = await prove(argv);
    expect(err).toContain(want);
    expect(out).toBe("");
    expect(code).toBe(1);
  });

  it("shows what is wrong with the other file", async () => {
    const folder = folderWith({ ...files, "bad.ts": windows.replace("q.t - k.t < frames", "q.z < frames") });
    const { code, err } = await prove(["p.ts", "near", "--within", "bad.ts#near"], folder);
    expect(err).toContain("bad.ts:10:21 - error unknown-axis: the query position `q` has no axis 'z'");
    expect(code).toBe(1);
  });
});

describe("the solver", () => {
  it("is missing: says how to install it", async () => {
    solver.installed = false;
    const want = {
      code: 1,
      out: "",
      err: "error no-solver: proofs need the package z3-solver, which is optional and not installed\n  help: `npm install z3-solver@5.2.0`\n\n1 error\n",
    };
    expect(await prove(["s.ts", "last", "--nonempty"])).toEqual(want);
    expect(await prove(["s.ts", "last"])).toEqual(want);
  });

  it("is not loaded for what was proved before, unless that is asked for", async () => {
    const folder = folderWith(files);
    const asked = ["s.ts", "last", "--nonempty", "--format", "json"];
    const cached = async (...more: string[]) =>
      JSON.parse((await prove([...asked, ...more], folder)).out.replaceAll(": N", ": 0")).answers[0].cached;
    expect([await cached(), solver.loads]).toEqual([false, 1]);
    expect([await cached(), solver.loads]).toEqual([true, 1]);
    expect([await cached("--no-cache"), solver.loads]).toEqual([false, 2]);
  });
});
