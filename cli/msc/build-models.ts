/** `mscc msc build`: compiles models into one folder, all of them or none. */
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { MARK } from "../../backends/artefact/files.js";
import type { MscConfig } from "../../models/msc/config.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { presets } from "../../models/msc/presets.js";
import { line, type Session } from "../io.js";
import { userError } from "../messages.js";
import { withProgress } from "../progress.js";
import { writeAll } from "../write-files.js";
import { buildModel, type ModelText, readOperations } from "./build.js";
import { filesOf, modelsIn, textOf } from "./compiled-models.js";
import { configOf } from "./configs.js";
import { readModelPatterns } from "./patterns.js";

export interface BuildModelsRequest {
  /** Presets and files; all presets if empty. */
  readonly models: readonly string[];
  readonly out: string;
  readonly dtypes: readonly StoredDtype[];
  /** A file with patterns of the user's. */
  readonly patterns?: string | undefined;
  readonly format: string;
}

interface Built {
  readonly config: MscConfig;
  readonly files: readonly ModelText[];
}

/** Models that stay in the folder must keep their files. @throws UserError `msc-shared`. */
function checkOthers(files: ReadonlyMap<string, string>, built: readonly Built[], folder: string): void {
  const changed = [...files].flatMap(([name, text]) => {
    const before = textOf(join(folder, name));
    return before === undefined || before === text ? [] : [name];
  });
  if (changed.length === 0) return;
  const names = new Set(built.map(({ config }) => config.name));
  const others = modelsIn(folder).filter(({ config }) => !names.has(config.name));
  const users = others.map((model) => ({ name: model.config.name, files: new Set(filesOf(model, folder)) }));
  for (const file of changed) {
    const models = users.filter((each) => each.files.has(file)).map(({ name }) => name);
    if (models.length > 0) throw userError("msc-shared", { file, models });
  }
}

/** The files of all models by name. */
function allFiles(built: readonly Built[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, text } of built.flatMap((each) => each.files)) {
    if ((files.get(name) ?? text) !== text) throw new Error(`two models need different files '${name}'`);
    files.set(name, text);
  }
  return files;
}

function configsOf({ models, patterns: file }: BuildModelsRequest, session: Session) {
  const patterns = readModelPatterns(file, session);
  const given = models.length > 0 ? [...new Set(models)] : Object.keys(presets);
  const configs = given.map((each) => configOf(each, patterns, session.io.cwd));
  for (const { name } of configs) {
    const same = given.filter((_, i) => configs[i]?.name === name);
    if (same.length > 1) throw userError("msc-twice", { name, given: same });
  }
  return { patterns, configs };
}

/** @throws UserError, and then nothing was written. */
export async function buildModels(request: BuildModelsRequest, session: Session): Promise<void> {
  const { out, dtypes, format } = request;
  const { io } = session;
  const folder = resolve(io.cwd, out);
  const what = request.models.length === 1 ? request.models[0] : `${request.models.length || "the"} models`;
  const work = async (done: () => void) => {
    await setImmediate();
    const { patterns, configs } = configsOf(request, session);
    const operations = readOperations();
    const built: Built[] = [];
    for (const config of configs) {
      // So that progress is seen: compiling holds on to the thread.
      await setImmediate();
      built.push({ config, files: buildModel({ config, dtypes, patterns, operations, cwd: io.cwd }) });
      done();
    }
    return built;
  };
  const built = await withProgress(io, `compiling ${what}`, work, request.models.length || Object.keys(presets).length);
  const files = allFiles(built);
  checkOthers(files, built, folder);
  writeAll(
    [...files].map(([name, text]) => ({ path: join(folder, name), content: text })),
    { mark: MARK },
  );
  const data = built.map(({ config, files: own }) => ({
    model: config.name,
    file: join(out, `${config.name}.json`),
    dtypes,
    files: own.map(({ name }) => join(out, name)),
  }));
  if (format === "json") line(io.stdout, JSON.stringify({ models: data }, null, 2));
  else
    for (const { file, files: own } of data) line(io.stdout, `${file}  ${dtypes.join(" and ")}, ${own.length} files`);
}
