/** `npm run bench`: mscc beside onnxruntime's WebGPU provider, in one process on one driver; writes bench/results. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { kindName, openGpu, writeWhole } from "mscc/runtime";
import { CONE, DIM, GROWTH, HEADS, LADDER, MASK_GRID } from "./cases.js";
import { measureCold, tryMask } from "./children.js";
import { measureGrowth } from "./growth.js";
import { type KernelRow, measureKernels } from "./kernels.js";
import { machineText } from "./machine.js";
import { kindFor, root } from "./own.js";
import { openPeer, type Peer } from "./peer.js";
import { markdown, type Results, short } from "./report.js";

const USAGE = `npm run bench -- [--quick] [--only kernels,growth,mask,cold] [--no-peer]

  --quick     small grids and few rounds, to see that it works; writes bench/results/quick.*
  --only      parts to measure; the others are left out; writes bench/results/partial.*
  --no-peer   measures mscc alone; writes bench/results/partial.*`;

const PARTS = ["kernels", "growth", "mask", "cold"] as const;
type Part = (typeof PARTS)[number];

interface Choice {
  readonly quick: boolean;
  readonly parts: readonly Part[];
  readonly withPeer: boolean;
}

function choiceOf(argv: readonly string[]): Choice {
  const { values } = parseArgs({
    args: [...argv],
    options: { quick: { type: "boolean" }, only: { type: "string" }, "no-peer": { type: "boolean" } },
  });
  const parts = values.only === undefined ? PARTS : PARTS.filter((part) => values.only?.split(",").includes(part));
  if (parts.length === 0) throw new Error(`--only takes ${PARTS.join(", ")}`);
  return { quick: values.quick ?? false, parts, withPeer: !values["no-peer"] };
}

function showRow({ pattern, grid, milliseconds, timesOfOwn, peerFault }: KernelRow): void {
  const { own, dense, peer } = milliseconds;
  const measured = peer === undefined ? "not measured" : `${short(peer)} ms (${short(timesOfOwn.peer)} times)`;
  const other = peerFault ?? measured;
  const ofDense = `${short(dense)} ms (${short(timesOfOwn.dense)} times)`;
  console.log(`${pattern}, ${grid.join(" x ")}: ${short(own)} ms; dense ${ofDense}; peer ${other}`);
}

/** Each part in turn; what belongs into a process of its own comes last, when this one is done with the device. */
async function measure({ quick, parts, withPeer }: Choice): Promise<Results> {
  const machine = machineText();
  const gpu = await openGpu();
  const opened = withPeer ? await openPeer() : { absent: "--no-peer was given" };
  const peer: Peer | undefined = "absent" in opened ? undefined : opened;
  if ("absent" in opened) console.log(`no peer, its columns are not measured: ${opened.absent}`);
  const has = (part: Part) => parts.includes(part);
  const grids = quick ? LADDER.slice(0, 2) : LADDER;
  const options = { grids, onRow: showRow, ...(quick ? { budget: 1000 } : {}) };
  const start = performance.now();
  const tell = (part: Part) => {
    if (has(part)) console.log(`${part}: done after ${Math.round((performance.now() - start) / 1000)} s`);
  };
  const kernels = has("kernels") ? await measureKernels(gpu, peer, options) : undefined;
  tell("kernels");
  const growth = has("growth") ? await measureGrowth(gpu, quick ? GROWTH.slice(0, 3) : GROWTH, 3) : undefined;
  for (const { pattern, slope } of growth ?? []) console.log(`${pattern}: tokens to the power of ${slope.toFixed(3)}`);
  tell("growth");
  const { info, adapter } = gpu;
  const profile = kindName(await kindFor(gpu, CONE));
  const largestBinding = adapter.limits.maxStorageBufferBindingSize;
  gpu.close();
  const masks = has("mask") && peer ? [tryMask(MASK_GRID)] : undefined;
  tell("mask");
  const cold = has("cold") ? await measureCold() : undefined;
  return {
    ...{ date: new Date().toISOString().slice(0, 10), node: process.version, machine },
    ...{ adapter: info.description || info.device || info.vendor, profile, largestBinding },
    ...("absent" in opened ? { peerAbsent: opened.absent } : { peer: opened.name }),
    ...{ dtype: "f32" as const, heads: HEADS, headDim: DIM },
    ...(kernels ? { kernels } : {}),
    ...(growth ? { growth } : {}),
    ...(masks ? { masks } : {}),
    ...(cold ? { cold } : {}),
  };
}

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  let choice: Choice;
  try {
    choice = choiceOf(argv);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  // Shaders are compiled anew in every run, so that runs compare.
  process.env.MESA_SHADER_CACHE_DISABLE = "true";
  const results = await measure(choice);
  const text = markdown(results);
  console.log(`\n${text}`);
  const folder = join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const isWhole = choice.parts.length === PARTS.length && choice.withPeer;
  const name = choice.quick ? "quick" : isWhole ? "kernels" : "partial";
  writeWhole(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  writeWhole(join(folder, `${name}.md`), text);
  console.log(`written: bench/results/${name}.json, bench/results/${name}.md`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
