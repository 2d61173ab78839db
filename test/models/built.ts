/** Models compiled in memory, as a host reads them. */
import { buildModel } from "../../cli/msc/build.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { type CompiledModel, readModel } from "../../models/msc/compiled.js";
import type { MscConfig } from "../../models/msc/config.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { randomStream } from "../../models/msc/random.js";
import { initialWeights } from "../../models/msc/weights.js";
import { readVariants } from "./variants.js";

let patterns: ReadonlyMap<string, Pattern> | undefined;

/** The variants, read once. */
function shipped(): ReadonlyMap<string, Pattern> {
  patterns ??= new Map(Object.entries(readVariants()));
  return patterns;
}

/** The files of a model, by name. */
export function builtFiles(config: MscConfig, dtype: StoredDtype = "f32"): ReadonlyMap<string, string> {
  const files = buildModel({ config, dtypes: [dtype], patterns: shipped(), cwd: process.cwd() });
  return new Map(files.map(({ name, text }) => [name, text]));
}

/** A model of one dtype. */
export async function built(config: MscConfig, dtype: StoredDtype = "f32"): Promise<CompiledModel> {
  const texts = builtFiles(config, dtype);
  const read = async (file: string) => {
    const text = texts.get(file);
    if (text === undefined) throw new Error(`no file ${file}`);
    return text;
  };
  return readModel(config.name, read, dtype);
}

/** Weights with all gates open, by name. */
export const openWeights = (config: MscConfig, seed = 1) => initialWeights(config, seed, randomStream, "open");

export const valuesOf = (weights: ReturnType<typeof openWeights>) =>
  new Map([...weights].map(([name, { data }]) => [name, data] as const));
