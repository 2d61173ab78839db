/** `mscc msc info`: the numbers of a model, counted with the compiler. */
import { setImmediate } from "node:timers/promises";
import { wgslTarget } from "../../backends/wgsl/index.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { assemble } from "../../models/msc/assemble.js";
import type { Extents, MscConfig } from "../../models/msc/config.js";
import { bytesOn } from "../../models/msc/extents.js";
import { framesKept } from "../../models/msc/frames-kept.js";
import { type KeptFrames, type ModelInfo, modelInfo } from "../../models/msc/info.js";
import { formatInfo } from "../../models/msc/info-text.js";
import { planMemory } from "../../models/msc/memory.js";
import { pairCounter } from "../../models/msc/pairs.js";
import type { ProgramTensor } from "../../models/msc/program.js";
import { line, type Session } from "../io.js";
import { withProgress } from "../progress.js";
import { readOperations } from "./build.js";
import { configOf, framePattern } from "./configs.js";
import { fuseProgram } from "./fused.js";
import { type Patterns, readModelPatterns } from "./patterns.js";

export interface InfoCommand {
  readonly model: string;
  readonly grid: Extents | undefined;
  readonly patterns: string | undefined;
  readonly format: string;
}

/** Numbers that the activations of one forward pass take, sharing their buffers. */
function activationsOf(config: MscConfig, grid: Extents): number {
  const { program } = fuseProgram(assemble(config), readOperations());
  const tensors = new Map(program.tensors.map((tensor) => [tensor.name, tensor]));
  const numbers = (name: string) => bytesOn(tensors.get(name) as ProgramTensor, grid, "f32") / 4;
  return planMemory(program, numbers, new Set()).sizes.reduce((sum, size) => sum + size, 0);
}

/** Frame by frame, as a rollout goes on; branches that are alike are asked once. */
function keptBy(patterns: Patterns): KeptFrames {
  const known = new Map<string, ReturnType<KeptFrames>>();
  return (branch, grid) => {
    const key = JSON.stringify([branch.pattern, branch.params, branch.heads, grid]);
    const kept = known.get(key) ?? framesKept(framePattern(patterns.get(branch.pattern) as Pattern, branch, grid), 1);
    known.set(key, kept);
    return kept;
  };
}

export async function showInfo({ model, grid: given, patterns: file, format }: InfoCommand, session: Session) {
  const { io } = session;
  const work = async (): Promise<ModelInfo> => {
    await setImmediate();
    const patterns = readModelPatterns(file, session);
    const config = configOf(model, patterns, io.cwd);
    const grid = given ?? config.grid;
    await setImmediate();
    const countPairs = pairCounter(Object.fromEntries(patterns), wgslTarget);
    return modelInfo(config, {
      grid,
      countPairs,
      keptFrames: keptBy(patterns),
      activations: activationsOf(config, grid),
    });
  };
  const info = await withProgress(io, `counting what ${model} does`, work);
  line(io.stdout, format === "json" ? JSON.stringify(info, null, 2) : formatInfo(info));
}
