/** The text of emitted modules: WGSL of any content comes back as it was, and JSON is compact and stable. */
import { expect, it } from "vitest";
import { formatJson } from "../../backends/artefact/json.js";
import { emitModule } from "../../backends/artefact/module.js";
import type { Manifest } from "../../compiler/plan/manifest.js";

const manifest: Manifest = {
  schema: 1,
  mscc: "0",
  name: "odd",
  source: "p.ts",
  sentence: "Odd.",
  attend: "true",
  axes: { query: ["x"], key: ["x"], shared: true },
  params: [],
  tables: [],
  checks: [],
  kernels: [],
};

it("keeps backslashes, backticks and what looks like a substitution", async () => {
  const text = `// \`a\` \\n \${b} $c \\\`
fn main() {}
`;
  const launcher =
    "var LaunchError = class extends Error {};\nfunction createKernel() {}\nexport {\n  createKernel\n};\n";
  const module = emitModule({ header: ["Head."], manifest, shaders: [{ name: "odd.wgsl", text }], launcher });
  const loaded = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(module)}`);
  expect(loaded.code).toEqual({ "odd.wgsl": text });
  expect(loaded.manifest).toEqual(manifest);
  expect(Object.keys(loaded).sort()).toEqual(["LaunchError", "code", "load", "manifest"]);
});

it("writes what fits on a line on one line", () => {
  const long = Array.from({ length: 30 }, (_, i) => `entry ${i}`);
  expect(formatJson({ a: [1, { b: 2 }], c: undefined, d: {}, e: long.slice(0, 14) })).toBe(
    `{
  "a": [1, { "b": 2 }],
  "d": {},
  "e": [
${long
  .slice(0, 14)
  .map((entry) => `    "${entry}"`)
  .join(",\n")}
  ]
}`,
  );
  expect(formatJson({ a: 1 })).toBe('{ "a": 1 }');
});
