/** `mscc compile --proved`: the manifest says what was proved, and without a proof nothing is written. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesBelow, folderWith, mscc, pair } from "./mscc.js";

async function compile(folder: string, ...argv: readonly string[]) {
  const env = { ...process.env, MSCC_CACHE: join(folder, "cache") };
  return mscc(folder, ["compile", "p.ts", ...argv], { env });
}

it("says in the manifest and in the module what was proved", async () => {
  const folder = folderWith({ "p.ts": pair });
  const { code, out } = await compile(folder, "near", "--proved");
  expect(code).toBe(0);
  expect(out).toMatch(/\nnear: \d+ claims proved, \d+ ms\n$/);
  const proved = {
    solver: "z3-solver 5.2.0",
    claims: { coverage: 14, uniqueness: 1, tiles: 4, score: 2, integers: 4 },
  };
  const files = filesBelow(join(folder, "generated", "near"));
  expect(JSON.parse(files["manifest.json"] as string).proved).toEqual(proved);
  expect(files["index.js"]).toContain(`"solver": "z3-solver 5.2.0"`);

  const again = await compile(folder, "near", "--proved", "--format", "json");
  expect(JSON.parse(again.out).proved).toMatchObject([{ variant: "near", ...proved }]);
  expect(filesBelow(join(folder, "generated", "near"))).toEqual(files);

  await compile(folder, "near");
  const manifest = JSON.parse(readFileSync(join(folder, "generated", "near", "manifest.json"), "utf8"));
  expect(manifest).not.toHaveProperty("proved");
});

it("writes nothing of any variant where one is not proved, and says what to do", async () => {
  const folder = folderWith({ "p.ts": pair });
  const { code, out, err } = await compile(folder, "--proved");
  expect([code, out]).toEqual([1, ""]);
  expect(existsSync(join(folder, "generated"))).toBe(false);
  // It may say before that it takes a while.
  expect(err.slice(err.indexOf("p.ts:"))).toMatchInlineSnapshot(`
    "p.ts:11:14 - error reads-outside: documents reads \`bias\` outside its table

    11 | export const documents = attention({
       |              ^^^^^^^^^
      note: refuted: "every pair that attends reads \`bias(abs(q.x - k.x))\` within the table"
        grid      x=2
        params    slope=any
        query     x=0
        key       x=1
        document  [0, 0]
        \`bias\` is read at index 1, and it has 1 entry.
      help: state the extents of the table with \`extents\`, or keep the index within it for every pair that attends, say with \`Math.min\` and \`Math.max\`

    1 error
    "
  `);
});

it("takes the extents that a table declares as what the launcher makes sure of", async () => {
  const stated = pair.replace('table("distance")', 'table("distance", { extents: () => [65536] })');
  const near = "document(q.x) === document(k.x) && Math.abs(q.x - k.x) < 65536";
  const folder = folderWith({ "p.ts": stated.replace("document(q.x) === document(k.x)", near) });
  const { code, err } = await compile(folder, "documents", "--proved");
  expect([code, err.includes("error")]).toEqual([0, false]);
});

it("refuses a time limit that is none", async () => {
  const { code, err } = await compile(folderWith({ "p.ts": pair }), "--proved", "--time-limit", "-1");
  expect(err).toContain("error time-limit: --time-limit: '-1' is not a number of seconds above 0 and up to 1000000");
  expect(code).toBe(1);
});
