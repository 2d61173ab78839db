/** The launchers as they stand in every generated module: one file, no imports, no Node, small, nothing of one another. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

async function bundled(path: string): Promise<string> {
  const entry = fileURLToPath(new URL(`../../runtime/launcher/${path}`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const text = outputFiles[0]?.text ?? "";
  expect(text).not.toMatch(/^import |\bimport\(|\brequire\(|node:|\bprocess\b|\bBuffer\b/m);
  return text;
}

const exportsOf = (text: string) =>
  text
    .match(/export \{[^}]*\}/g)
    ?.join()
    .match(/\w+/g)
    ?.slice(1);

it("is self-contained and small", async () => {
  const text = await bundled("index.ts");
  expect(exportsOf(text)).toEqual([
    "LaunchError",
    "assess",
    "chooseKernels",
    "createKernel",
    "firstToRun",
    "kernelName",
    "kindName",
    "lacking",
    "loadKernel",
    "reasonsOf",
  ]);
  expect(text).not.toContain("input-unknown");
  expect(text.length).toBeLessThan(76_000);
});

it("is smaller for tensor operations", async () => {
  const text = await bundled("tensor/index.ts");
  expect(exportsOf(text)).toEqual(["LaunchError", "createTensorKernel", "loadTensor"]);
  expect(text).not.toMatch(/slab-too-large|head-ratio|keyRing|splits-/);
  expect(text.length).toBeLessThan(45_000);
});
