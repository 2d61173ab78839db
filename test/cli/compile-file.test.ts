/** `mscc/compile`: a kernel and its plan from a file, and what it refuses. */
import { compileFile, UserError } from "mscc/compile";
import { expect, test } from "vitest";

const FILE = "dsl/variants/light-cone.ts";

test("gives the kernel, its manifest and the plan, with constants compiled in", async () => {
  const options = { headDim: 32, valueDim: 24, constants: { speed: 2 } };
  const { manifest, kernel, code, plan, diagnostics } = await compileFile(FILE, "lightCone", options);
  expect(manifest).toMatchObject({ schema: 1, name: "lightCone", source: FILE });
  expect(manifest.params.find(({ name }) => name === "speed")?.value).toBe(2);
  expect(kernel).toMatchObject({ headDim: 32, valueDim: 24, profile: "baseline" });
  expect(manifest.kernels).toEqual([kernel]);
  expect(code).toContain("fn main(");
  expect(code).not.toContain("param_speed");
  expect(plan.constants).toEqual(new Map([["speed", 2]]));
  expect(diagnostics).toEqual([]);
});

test("takes shapes of tiles, if they are those that the kernel holds", async () => {
  const tiles = { query: [2, 4, 4], key: [1, 2, 16] };
  const { kernel, plan } = await compileFile(FILE, "lightCone", { tiles });
  expect(plan.tiles).toEqual(tiles);
  expect(kernel).toMatchObject({ queryTile: tiles.query, keyTile: tiles.key });
  for (const query of [[32], [2, 4, 8], [2, 4, 4, 1], [0.5, 8, 8], [-1, -4, 8]]) {
    const wrong = compileFile(FILE, "lightCone", { tiles: { ...tiles, query } });
    await expect(wrong).rejects.toThrow("is not one whole number for each of t, y, x with the product 32");
  }
});

test("warns of a pattern that masks nothing", async () => {
  const { diagnostics, kernel } = await compileFile("dsl/variants/dense.ts", "dense");
  expect(diagnostics.map(({ code }) => code)).toEqual(["always-true"]);
  expect(kernel).toMatchObject({ headDim: 64, valueDim: 64 });
});

test("refuses as the command line does", async () => {
  const codesOf = async (...args: Parameters<typeof compileFile>) => {
    const error = await compileFile(...args).catch((reason: unknown) => reason);
    return error instanceof UserError ? error.diagnostics.map(({ code }) => code) : error;
  };
  expect(await codesOf("nowhere.ts", "lightCone")).toEqual(["file-missing"]);
  expect(await codesOf("package.json", "lightCone")).toEqual(["not-typescript"]);
  expect(await codesOf(FILE, "lightCone", { headDim: 0 })).toEqual(["head-dim"]);
  expect(await codesOf(FILE, "lightCone", { constants: { sped: 1 } })).toEqual(["set-unknown"]);
  expect(await codesOf(FILE, "lightCone", { constants: { speed: 0.5 } })).toEqual(["set-not-integer"]);
  expect(await codesOf(FILE, "lightCone", { constants: { radius: -1 } })).toEqual(["set-out-of-bounds"]);
});
