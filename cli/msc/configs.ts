/** Models as they are named on the command line: presets, configurations, and what `mscc msc build` made of them. */

import { isCausal } from "../../compiler/causal.js";
import { UserError } from "../../compiler/diagnostics/diagnostic.js";
import { variablesOf } from "../../compiler/ir/expression.js";
import { jsonOf } from "../../compiler/plan/checks.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { ModelError } from "../../models/messages.js";
import { type Branch, type Extents, type MscConfig, validateConfig } from "../../models/msc/config.js";
import { layersOf } from "../../models/msc/dimensions.js";
import type { FramePattern } from "../../models/msc/frames-kept.js";
import { presets } from "../../models/msc/presets.js";
import { diagnosticOf } from "../faults.js";
import { userError } from "../messages.js";
import { bytesOf } from "./bytes.js";
import { type Patterns, patternSet } from "./patterns.js";

function readJson(file: string, cwd: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytesOf(file, cwd)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw userError("msc-json", { file, reason: error.message });
  }
}

/** Names that some systems keep for devices, whatever the extension. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/;

const isCompiled = (given: unknown): given is { readonly config: unknown } =>
  typeof given === "object" && given !== null && "kind" in given && given.kind === "msc" && "config" in given;

/** A pattern of a branch as its cache asks it. */
export function framePattern({ attend }: Pattern, { params, heads }: Branch, { y, x }: Extents): FramePattern {
  return { attend: jsonOf(attend), params, heads, rows: y, columns: x };
}

const readsOf = ({ attend, score }: Pattern): ReadonlySet<string> =>
  new Set([...variablesOf(attend), ...(score ? variablesOf(score) : [])]);

/** @throws UserError for every branch that may see later frames, or that depends on how many there are. */
function checkCausal(config: MscConfig, patterns: Patterns): void {
  const layers = config.layers.length === 1 ? layersOf(config).slice(0, 1) : layersOf(config);
  const faults = layers.flatMap(({ branches }, l) =>
    branches.flatMap((branch, b) => {
      const pattern = patterns.get(branch.pattern) as Pattern;
      const path = `layers[${l}].branches[${b}].pattern`;
      const sizes = ["size.q.t", "size.k.t"].filter((name) => readsOf(pattern).has(name));
      if (sizes.length > 0) return userError("msc-size", { path, pattern: pattern.name, sizes }).diagnostics;
      if (isCausal(pattern, "t")) return [];
      return userError("msc-not-causal", { path, pattern: pattern.name, file: pattern.place.file }).diagnostics;
    }),
  );
  if (faults.length > 0) throw new UserError(faults);
}

/** Faults of a configuration, with the file that it stands in. */
function inFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const found =
      error instanceof ModelError
        ? error.problems.map(diagnosticOf)
        : error instanceof UserError
          ? error.diagnostics
          : undefined;
    if (!found) throw error;
    throw new UserError(found.map((each) => ({ ...each, notes: [...each.notes, `in ${file}`] })));
  }
}

/**
 * The configuration of a preset, or of a file: its own, or that of a compiled model.
 * @throws UserError with all its faults.
 */
export function configOf(given: string, patterns: Patterns, cwd: string): MscConfig {
  if (Object.hasOwn(presets, given)) return presets[given] as MscConfig;
  if (!/[./\\]/.test(given)) throw userError("msc-unknown", { given, presets: Object.keys(presets) });
  const found = readJson(given, cwd);
  return inFile(given, () => {
    const config = validateConfig(isCompiled(found) ? found.config : found, patternSet(patterns));
    const { name } = config;
    if (DEVICES.test(name)) throw userError("msc-name", { name, reason: "some systems keep that name for a device" });
    checkCausal(config, patterns);
    return config;
  });
}
