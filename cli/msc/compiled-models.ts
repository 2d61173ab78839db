/** The compiled models of a folder, as `mscc msc build` wrote them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelFile } from "../../models/msc/compiled.js";

/** What is read of manifests, whose kernels name their files. */
interface Listed {
  readonly kernels?: readonly { readonly file: string; readonly merge?: { readonly file: string } }[];
}

export const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

function jsonIn(folder: string, file: string): unknown {
  try {
    return JSON.parse(textOf(join(folder, file)) ?? "null");
  } catch {
    return undefined; // Not ours: it is not overwritten either.
  }
}

/** The compiled models in a folder. */
export function modelsIn(folder: string): ModelFile[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
  return files.flatMap((file) => {
    const found = jsonIn(folder, file) as Partial<ModelFile> | null | undefined;
    return found?.kind === "msc" && `${found.config?.name}.json` === file ? [found as ModelFile] : [];
  });
}

/** Files of a compiled model, its own not among them. */
export function filesOf({ operations, patterns }: ModelFile, folder: string): string[] {
  const manifests = [...Object.values(operations), ...patterns.map(({ manifest }) => manifest)];
  return manifests.flatMap((manifest) => {
    const { kernels = [] } = (jsonIn(folder, manifest) ?? {}) as Listed;
    return [manifest, ...kernels.flatMap(({ file, merge }) => [file, ...(merge ? [merge.file] : [])])];
  });
}
