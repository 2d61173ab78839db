/** The sources of the package that models are made of: declared operations, and patterns. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../tool.js";

const sourcesIn = (...path: readonly string[]): string[] => {
  const folder = join(packageFolder(), ...path);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .sort()
    .map((file) => join(folder, file));
};

/** The declarations of the model's operations. */
export const operationFiles = (): string[] => sourcesIn("models", "msc", "operations");

/** The patterns that come with mscc. */
export const variantFiles = (): string[] => sourcesIn("dsl", "variants");
