/** Every variant of dsl/variants: the declared function, what the frontend reads of it, and its plan. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import { createReader } from "../../compiler/frontend/read.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { AnyAttention } from "../../dsl/index.js";

export interface Variant {
  readonly name: string;
  readonly declaration: AnyAttention;
  readonly plan: AttentionPlan;
}

const isAttention = (value: unknown): value is AnyAttention =>
  typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "attention";

async function readVariants(): Promise<ReadonlyMap<string, Variant>> {
  const folder = fileURLToPath(new URL("../../dsl/variants", import.meta.url));
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => join(folder, file));
  const reader = createReader(files);
  const variants = new Map<string, Variant>();
  for (const file of files) {
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { readonly [name: string]: unknown };
    for (const pattern of reader.read(file).patterns) {
      const declaration = module[pattern.name];
      if (!isAttention(declaration)) throw new Error(`${file} does not export the pattern '${pattern.name}'`);
      const { plan } = compileAttention(pattern, { target: wgslTarget });
      variants.set(pattern.name, { name: pattern.name, declaration, plan });
    }
  }
  return variants;
}

/** By the name of the export. */
export const variants = await readVariants();

export function variantOf(name: string): Variant {
  const variant = variants.get(name);
  if (!variant) throw new Error(`no variant '${name}'; there are ${[...variants.keys()].join(", ")}`);
  return variant;
}
