/** Sources for tests of the frontend: written to a temporary package, read with one TypeScript project. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { UserError } from "../../compiler/diagnostics/diagnostic.js";
import { renderAll } from "../../compiler/diagnostics/render.js";
import { createReader, type ReadOptions, type ReadResult } from "../../compiler/frontend/read.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Tensor } from "../../compiler/plan/tensor.js";

const root = mkdtempSync(join(tmpdir(), "mscc-frontend-"));
const reader = createReader();
let count = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));

export const HEAD = 'import { attention, float, int, table } from "mscc";\n';

export type Files = { readonly [path: string]: string };

/** Writes files to a folder of their own and gives its path. */
export function folderOf(files: Files): string {
  const folder = join(root, String(count++));
  for (const [path, text] of Object.entries({ "package.json": "{}", ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Reads `pattern.ts`, beside other files. */
export const read = (source: string, files: Files = {}, options: ReadOptions = {}): ReadResult =>
  reader.read(join(folderOf({ ...files, "pattern.ts": source }), "pattern.ts"), options);

/** The only pattern of a source that has no faults. */
export function patternOf(source: string, files: Files = {}): Pattern {
  const { patterns, diagnostics } = read(source, files);
  if (diagnostics.length > 0) throw new Error(renderAll(diagnostics, { color: false }));
  if (patterns.length !== 1) throw new Error(`${patterns.length} patterns`);
  return patterns[0] as Pattern;
}

export const TENSOR_HEAD = 'import { float, input, int, max, mean, sum, tensor } from "mscc";\n';

/** The operations of a source that has no faults, by name. */
export function tensorsOf(source: string, files: Files = {}): ReadonlyMap<string, Tensor> {
  const { tensors, diagnostics } = read(TENSOR_HEAD + source, files);
  if (diagnostics.length > 0) throw new Error(renderAll(diagnostics, { color: false }));
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

/** The only operation of a source that has no faults. */
export function tensorOf(source: string): Tensor {
  const [tensor, ...more] = tensorsOf(source).values();
  if (!tensor || more.length > 0) throw new Error(`${more.length} operations too many`);
  return tensor;
}

/** A declaration in space and time whose `attend` is given. */
export const attending = (attend: string): string => `${HEAD}
export const near = attention({
  axes: ["t", "y"],
  params: { radius: int({ min: 0 }), gain: float() },
  tables: { bias: table("dt", "dy") },
  attend: ${attend},
});
`;

/** Everything that is said of a source, as the command line shows it. */
export function said(source: string, files: Files = {}, options: ReadOptions = {}): string {
  return shown(() => read(source, files, options).diagnostics);
}

export function shown(run: () => ReadResult["diagnostics"]): string {
  let diagnostics: ReadResult["diagnostics"];
  try {
    diagnostics = run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    diagnostics = [...error.diagnostics];
  }
  return renderAll(diagnostics, { color: false }).replaceAll(root, "");
}
