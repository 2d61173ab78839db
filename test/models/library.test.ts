/** `mscc/msc` runs where there is no Node: bundled for browsers it asks for none of Node's modules, and not for the compiler. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { readModel } from "../../models/msc/compiled.js";
import * as library from "../../models/msc/index.js";
import { readFolder } from "../../models/msc/node.js";
import { root } from "../cli/mscc.js";

const bundle = async (entry: string) => {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  });
  return { inputs: Object.keys(metafile.inputs), text: outputFiles[0]?.text ?? "" };
};

it("bundles for browsers without Node, the compiler or Dawn", async () => {
  const { inputs, text } = await bundle("models/msc/index.ts");
  expect(
    inputs.filter((path) => /^(compiler|backends|cli)\/|node_modules\/(webgpu|ts-morph|commander)\//.test(path)),
  ).toEqual([]);
  expect(text).not.toMatch(/["']node:|require\(["'](fs|path|crypto|os)["']\)/);
  expect(text).toContain("openMsc");
  console.log(`mscc/msc for browsers: ${Math.round(text.length / 1024)} KiB, not minified`);
  // What does need Node cannot be bundled so.
  await expect(bundle("models/msc/node.ts")).rejects.toThrow("node:fs/promises");
});

it("exports all that it takes to run a model, under the names of the package", async () => {
  const values = [
    ...["ModelError", "openMsc", "presets", "readModelFile", "validateConfig"],
    ...["checkWeights", "initialWeights", "parameterCount", "weightSpecs", "randomStream"],
    ...["formatGif", "formatSafetensors", "formatState", "formatStrip", "formatY4m"],
    ...["parseSafetensors", "parseState", "parseY4m", "requireSameRun"],
  ];
  expect(Object.keys(library).sort()).toEqual(values.sort());
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect([exports["./msc"].default, exports["./msc/node"].default]).toEqual([
    "./dist/models/msc/index.js",
    "./dist/models/msc/node.js",
  ]);
});

it("reads the presets that come with the package", async () => {
  const read = readFolder(join(root, "generated", "msc"));
  for (const [name, config] of Object.entries(library.presets)) {
    expect((await library.readModelFile(name, read)).config).toEqual(config);
  }
  await expect(library.readModelFile("none", read)).rejects.toThrow(
    "'none.json' is not a compiled model: it does not exist\n  help: compile one with `mscc msc build`",
  );
});

it("says once what is missing beside a model, however much is", async () => {
  const read = readFolder(join(root, "generated", "msc"));
  const alone: library.ReadText = (file) =>
    file === "tiny.json" ? read(file) : Promise.reject(new Error("it does not exist"));
  await expect(readModel("tiny", alone)).rejects.toThrow(
    /^'tiny\.json' needs '\w+\.json', which cannot be read: it does not exist\n {2}help: keep the files that `mscc msc build` wrote together$/,
  );
});
