/** The launcher core as it stands in every generated module: one file, no imports, no Node, small. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

it("is self-contained and small", async () => {
  const entry = fileURLToPath(new URL("../../runtime/launcher/index.ts", import.meta.url));
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
  expect(
    text
      .match(/export \{[^}]*\}/g)
      ?.join()
      .match(/\w+/g)
      ?.slice(1),
  ).toEqual([
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
  expect(text.length).toBeLessThan(75_000);
});
