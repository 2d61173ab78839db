/** Where a model that is named on the command line lies: its compiled files, its weights, and the clip that comes with mscc. */
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type ModelFile, type ReadText, readModelFile } from "../../models/msc/compiled.js";
import { readFolder } from "../../models/msc/node.js";
import { userError } from "../messages.js";
import { packageFolder } from "../tool.js";
import { modelsIn } from "./compiled-models.js";

export interface Located {
  readonly name: string;
  readonly read: ReadText;
  readonly file: ModelFile;
}

/** Whether a model is given by the path of its file. */
export const isModelPath = (model: string): boolean => /[/\\]|\.json$/.test(model);

/** Where `mscc msc build` writes by default. */
const OWN = "models";
const shipped = () => join(packageFolder(), "generated", "msc");

/**
 * A model by name: in the folder that is given, else among those that come with mscc, else in `models` of the working
 * folder; or by the path of its file.
 * @throws UserError `msc-not-compiled`, ModelError where the file is not a compiled model.
 */
export async function locateModel(model: string, folder: string | undefined, cwd: string): Promise<Located> {
  const isPath = isModelPath(model);
  const name = isPath ? basename(model, ".json") : model;
  const wanted = isPath ? [dirname(model)] : folder === undefined ? [shipped(), OWN] : [folder];
  const folders = wanted.map((each) => resolve(cwd, each));
  const found = folders.find((each) => existsSync(join(each, `${name}.json`)));
  if (found === undefined) {
    const known = [...new Set(folders.flatMap(modelsIn).map(({ config }) => config.name))];
    throw userError("msc-not-compiled", { name, folder: wanted.at(-1) as string, known });
  }
  const read = readFolder(found);
  return { name, read, file: await readModelFile(name, read) };
}

/** Files that come with a model of mscc. */
const shippedWith = (model: string, file: string) => join(packageFolder(), "models", "msc", model, file);

/** @throws UserError `msc-no-weights` where none are given and none come with mscc. */
export function locateWeights({ name }: Located, given: string | undefined): string {
  if (given !== undefined) return given;
  const path = shippedWith(name, "weights.safetensors");
  if (!existsSync(path)) throw userError("msc-no-weights", { model: name });
  return path;
}

export const locateClip = (given: string | undefined): string => given ?? shippedWith("tiny", "clip.y4m");
