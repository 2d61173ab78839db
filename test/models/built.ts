/** Models compiled in memory, as a host reads them. */
import { buildModel } from "../../cli/msc/build.js";
import { variantFiles } from "../../cli/msc/sources.js";
import { createReader } from "../../compiler/frontend/read.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { type CompiledModel, readModel } from "../../models/msc/compiled.js";
import type { MscConfig } from "../../models/msc/config.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { randomStream } from "../../models/msc/random.js";
import { initialWeights } from "../../models/msc/weights.js";

let patterns: ReadonlyMap<string, Pattern> | undefined;

/** The patterns that come with mscc, read once. */
export function readVariants(): ReadonlyMap<string, Pattern> {
  if (patterns) return patterns;
  const files = variantFiles();
  const reader = createReader(files);
  patterns = new Map(files.flatMap((file) => reader.read(file).patterns.map((each) => [each.name, each] as const)));
  return patterns;
}

/** The files of a model, by name. */
export function builtFiles(config: MscConfig, dtype: StoredDtype = "f32"): ReadonlyMap<string, string> {
  const files = buildModel({ config, dtypes: [dtype], patterns: readVariants(), cwd: process.cwd() });
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
