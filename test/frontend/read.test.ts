/** What the reader finds: exports, imports, params and tables, sentences, places; which faults it reports, and which not. */
import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { createReader, patternNames, readPatterns } from "../../compiler/frontend/read.js";
import { print } from "../../compiler/ir/print.js";
import { attending, folderOf, HEAD, patternOf, read, said, shown } from "./sources.js";

const CAUSAL = 'attention({ axes: ["t"], attend: ({ q, k }) => k.t <= q.t })';
const namesOf = (source: string, files = {}) => read(HEAD + source, files).patterns.map(({ name }) => name);

describe("exports", () => {
  test("of every form, in the order of the source", () => {
    const source = `
      export const a = ${CAUSAL};
      const b = ${CAUSAL};
      const hidden = ${CAUSAL};
      export { b, hidden as c };
      export const two = 2, alias = a;
      export default a;
      const make = (reach: number) => attention({ axes: ["t"], attend: ({ q, k }) => q.t - k.t <= reach });
      export const made = make(3);`;
    expect(namesOf(source)).toEqual(["a", "b", "c", "alias", "made"]);
  });

  test("of other files", () => {
    const files = {
      "a.ts": `${HEAD}export const a = ${CAUSAL};`,
      "deep/b.ts": `${HEAD}export const b = ${CAUSAL};\nexport const d = ${CAUSAL};`,
      "index.ts": 'export * from "./a.js";',
    };
    const source =
      'import { d } from "./deep/b.ts";\nexport * from "./index";\nexport { b as c } from "./deep/b.js";\nexport { d };';
    expect(namesOf(source, files).sort()).toEqual(["a", "c", "d"]);
    expect(read(HEAD + source, files).diagnostics).toEqual([]);
  });

  test("names alone", () => {
    const folder = folderOf({ "pattern.ts": `${HEAD}export const a = ${CAUSAL};\nexport const b = attention({});` });
    expect(patternNames(join(folder, "pattern.ts"))).toEqual(["a", "b"]);
  });

  test("by name, in the order asked for", () => {
    const source = `${HEAD}export const a = ${CAUSAL};\nexport const b = ${CAUSAL};`;
    expect(read(source, {}, { names: ["b", "a", "b"] }).patterns.map(({ name }) => name)).toEqual(["b", "a"]);
  });
});

describe("declarations", () => {
  test("params, tables, axes, place and sentence", () => {
    const { attend, texts, ...pattern } = patternOf(`${HEAD}
const shared = { radius: int({ min: 0, default: 2 }) };
const promises = { min: 0, max: 7, sorted: true } as const;
/**
 * A token sees its own place,
 * e.g. nothing else. More words.
 * @see elsewhere
 */
export const near = attention({
  axes: { query: ["t", "y"], key: ["t"] },
  params: { ...shared, gain: float({ max: 1e3 }) },
  tables: { words: table.int("y", promises), slope: table("head", "batch", "free") },
  attend: ({ q, k }) => q.t === k.t,
});`);
    expect(pattern).toMatchInlineSnapshot(`
      {
        "axes": {
          "key": [
            "t",
          ],
          "query": [
            "t",
            "y",
          ],
          "shared": false,
        },
        "name": "near",
        "params": [
          {
            "default": 2,
            "min": 0,
            "name": "radius",
            "type": "int",
          },
          {
            "max": 1000,
            "name": "gain",
            "type": "float",
          },
        ],
        "place": {
          "column": 14,
          "file": "pattern.ts",
          "length": 4,
          "line": 10,
          "source": "export const near = attention({",
        },
        "sentence": "A token sees its own place, e.g. nothing else.",
        "tables": [
          {
            "labels": [
              {
                "name": "y",
                "tie": "axis",
              },
            ],
            "max": 7,
            "min": 0,
            "name": "words",
            "sorted": true,
            "type": "int",
          },
          {
            "labels": [
              {
                "name": "head",
                "tie": "head",
              },
              {
                "name": "batch",
                "tie": "batch",
              },
              {
                "name": "free",
                "tie": "free",
              },
            ],
            "name": "slope",
            "sorted": false,
            "type": "float",
          },
        ],
      }
    `);
  });

  test("a sentence where there is no comment", () => {
    expect(patternOf(attending("() => true")).sentence).toBe("Attention pattern `near`.");
  });

  test("a score that gives `s` is no score", () => {
    const source = `${HEAD}export const near = attention({ axes: ["t"], attend: () => true, score: ({ s }) => s });`;
    expect(patternOf(source).score).toBeUndefined();
  });

  test("the source of integer arithmetic", () => {
    const { texts } = patternOf(attending("({ q, k, radius }) => Math.round((q.t -\n k.t) / 3) <= radius * 2"));
    expect(
      [...texts].map(([e, { text, place }]) => `${place.line}:${place.column} ${text} | ${print(e)}`),
    ).toMatchInlineSnapshot(`
      [
        "7:45 q.t - k.t | q.t - k.t",
        "7:33 Math.round((q.t - k.t) / 3) | floorDiv(2 * (q.t - k.t) + 3, 6)",
        "7:33 Math.round((q.t - k.t) / 3) | 2 * (q.t - k.t) + 3",
        "7:33 Math.round((q.t - k.t) / 3) | 2 * (q.t - k.t)",
        "8:15 radius * 2 | radius * 2",
      ]
    `);
  });
});

describe("files", () => {
  const source = (from: string) => `${HEAD}import { ageOf } from "${from}";
export const near = attention({ axes: ["t"], attend: ({ q, k }) => ageOf(q.t, k.t) < 3 });`;
  const ages = "export const ageOf = (q: number, k: number) => q - k;";

  test.each(["./ages.js", "./ages.ts", "./ages"])("an import of %s", (from) => {
    const folder = folderOf({ "src/pattern.ts": source(from), "src/ages.ts": ages, "src/other.ts": ages });
    const { patterns, files } = readPatterns(join(folder, "src/pattern.ts"));
    expect(patterns.map(({ attend }) => print(attend))).toEqual(["q.t - k.t < 3"]);
    expect(files.map((file) => relative(folder, file))).toEqual(["src/pattern.ts", "src/ages.ts"]);
  });

  test.each(["pattern.mts", "pattern.cts", "pattern.tsx"])("%s", (name) => {
    const folder = folderOf({ [name]: source("./ages.js"), "ages.ts": ages });
    expect(readPatterns(join(folder, name)).patterns).toHaveLength(1);
  });

  test("the user's tsconfig does not count", () => {
    const tsconfig = JSON.stringify({
      compilerOptions: { noUnusedLocals: true, lib: ["DOM"], paths: { mscc: ["./no"] } },
    });
    expect(said(`${HEAD}const unused = 1;\nexport const near = ${CAUSAL};`, { "tsconfig.json": tsconfig })).toBe("");
  });

  test("places are relative to the package, or to a given root", () => {
    const folder = folderOf({ "src/pattern.ts": `${HEAD}export const near = ${CAUSAL};` });
    const place = (projectRoot?: string) =>
      readPatterns(join(folder, "src/pattern.ts"), { projectRoot }).patterns[0]?.place;
    expect(place()).toMatchObject({ file: "src/pattern.ts", line: 2, column: 14 });
    expect(place(join(folder, "src"))?.file).toBe("pattern.ts");
  });

  test("missing, or not TypeScript", () => {
    const folder = folderOf({ "pattern.js": "", "types.d.ts": "", "src/a.ts": "" });
    const says = (file: string) => shown(() => readPatterns(join(folder, file)).diagnostics).replaceAll(folder, "");
    expect(["none.ts", "src", "pattern.js", "types.d.ts"].map(says).join("\n")).toMatchInlineSnapshot(`
      "error file-missing: file '/17/none.ts' does not exist

      1 error

      error file-is-folder: '/17/src' is a folder
        help: give a TypeScript file in it

      1 error

      error not-typescript: '/17/pattern.js' is not a TypeScript source
        help: give a file that ends in .ts, .mts, .cts or .tsx

      1 error

      error not-typescript: '/17/types.d.ts' is not a TypeScript source
        help: give a file that ends in .ts, .mts, .cts or .tsx

      1 error
      "
    `);
  });

  test("a reader takes several, and one after the other", () => {
    const folder = folderOf({
      "a.ts": `${HEAD}export const a = ${CAUSAL};`,
      "b.ts": `${HEAD}export const b = ${CAUSAL};`,
    });
    const reader = createReader([join(folder, "a.ts")]);
    expect(reader.read(join(folder, "a.ts")).patterns.map(({ name }) => name)).toEqual(["a"]);
    expect(reader.read(join(folder, "b.ts")).patterns.map(({ name }) => name)).toEqual(["b"]);
  });
});

test("a file is read, never executed", () => {
  const folder = folderOf({});
  const written = join(realpathSync(folder), "written.txt");
  writeFileSync(
    join(folder, "pattern.ts"),
    `${HEAD}import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(written)}, "executed");
console.log(process.argv, import.meta.url);
const reach = (() => {
  writeFileSync(${JSON.stringify(written)}, "executed");
  return 3;
})();
export const near = ${CAUSAL};
export const far = attention({ axes: ["t"], attend: ({ q, k }) => q.t - k.t <= reach });`,
  );
  const { patterns, diagnostics } = readPatterns(join(folder, "pattern.ts"));
  expect(patterns.map(({ name }) => name)).toEqual(["near"]);
  expect(diagnostics.map(({ code, where }) => `${where?.line} ${code}`)).toEqual(["6 foreign-function"]);
  expect(existsSync(written)).toBe(false);
});

test("a file that works with its host's modules compiles without a word", () => {
  const folder = folderOf({});
  const written = join(realpathSync(folder), "written.txt");
  const body = `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(written)}, "executed");\n`;
  writeFileSync(join(folder, "pattern.ts"), `${HEAD}${body}export const near = ${CAUSAL};`);
  const { patterns, diagnostics } = readPatterns(join(folder, "pattern.ts"));
  expect(patterns.map(({ name }) => name)).toEqual(["near"]);
  expect(diagnostics).toEqual([]);
  expect(existsSync(written)).toBe(false);
});

describe("faults", () => {
  const several = `${HEAD}
const wrong: number = "far";
const helper = (x: number) => x.length;
export const loops = attention({ axes: ["t"], attend: ({ q }) => { for (;;) {} } });
export const typed = attention({ axes: ["t"], attend: ({ q, k }) => helper(q.t) < k.t });
export const good = ${CAUSAL};`;
  const codes = (names?: string[]) => read(several, {}, { names }).diagnostics.map(({ code }) => code);

  test("of a declaration do not stop another", () => {
    expect(read(several, {}, { names: ["good"] }).patterns).toHaveLength(1);
    expect(codes(["good"])).toEqual([]);
  });

  test("of what a declaration uses are its own", () => {
    expect(codes(["typed"])).toEqual(["TS2339"]);
    expect(codes(["loops"])).toEqual(["loop"]);
  });

  test("are all reported where all are asked for, and the good ones still read", () => {
    expect(codes()).toEqual(["TS2322", "TS2339", "loop"]);
    expect(read(several).patterns.map(({ name }) => name)).toEqual(["good"]);
  });

  test("in a file that is imported stand in that file", () => {
    const source = `${HEAD}import { half } from "./half.js";
export const near = attention({ axes: ["t"], attend: ({ q, k }) => half(q.t) < k.t });`;
    const half = "export const half = (x: number) =>\n\tx / 2;\nconst unrelated: number = true;\n";
    expect(said(source, { "half.ts": half })).toMatchInlineSnapshot(`
      "half.ts:2:2 - error integer-division: \`x / 2\` divides integers and may give a fraction, which \`attend\` does not compute with

      2 | 	x / 2;
        | 	^^^^^
        note: called from pattern.ts:3:68
        help: round it, \`Math.floor(x / 2)\` (or ceil, trunc, round), or multiply out: \`a / b <= c\` is \`a <= b * c\`

      1 error
      "
    `);
  });

  test("where the source ignores TypeScript's are mscc's", () => {
    expect(said(`// @ts-nocheck\n${attending("({ q, k, far }) => q.z <= far")}`)).toContain("error unknown-axis");
  });

  test("of expressions nested beyond reason", () => {
    const sum = Array.from({ length: 3000 }, () => "q.t").join(" + ");
    expect(said(attending(`({ q, k }) => ${sum} < k.t`))).toMatch(/^$|error too-large: 'near' becomes too large/);
  });
});
