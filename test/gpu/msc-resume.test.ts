/** Runs of the sampler that are interrupted and go on, to the same bytes. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseState } from "../../models/msc/state.js";
import { builtMain, filesBelow, folderWith, mscc } from "../cli/mscc.js";
import { bytesIn, compiledModel, errorsIn, files } from "./msc-folder.js";

const { folder: models, sampling } = compiledModel();

describe("a run that is interrupted", () => {
  /** Interrupts once the state is there. */
  async function interrupted(folder: string, argv: readonly string[]) {
    const controller = new AbortController();
    const watching = setInterval(() => existsSync(join(folder, "run.state")) && controller.abort(), 1);
    const outcome = await mscc(folder, [...argv, "--state", "run.state"], { interrupts: () => controller.signal });
    clearInterval(watching);
    return outcome;
  }

  it.each([
    ["chunks", "2"],
    ["rolling", "3"],
  ])("goes on where it was: %s of %s", async (mode, chunk) => {
    const folder = folderWith(files());
    const argv = sampling("--frames", "21", "--mode", mode, "--chunk", chunk, "--seed", "5");
    expect((await mscc(folder, [...argv, "-o", "whole.y4m"])).code).toBe(0);
    const { code, err } = await interrupted(folder, [...argv, "-o", "part.y4m"]);
    expect(code).toBe(130);
    expect(err).toMatch(
      /(^|\n)interrupted after \d+ of 21 frames; no outputs were written; `--resume run\.state --models \S+ --weights w\.safetensors` goes on\n$/,
    );
    expect(Object.keys(filesBelow(folder)).sort()).toEqual([...Object.keys(files()), "run.state", "whole.y4m"].sort());
    const { state } = parseState(bytesIn(folder, "run.state"), "run.state");
    expect(state.done).toBeLessThan(23);
    // All that was not given comes from the run itself.
    const resumed = ["msc", "sample", "--models", models, "--weights", "w.safetensors"];
    const next = await mscc(folder, [...resumed, "--resume", "run.state", "--state", "run.state", "-o", "part.y4m"]);
    expect(next.code).toBe(0);
    expect(bytesIn(folder, "part.y4m")).toEqual(bytesIn(folder, "whole.y4m"));
    // A run that is done is only written again; the options that it began with may be given too.
    expect((await mscc(folder, [...argv, "--resume", "run.state", "-o", "again.y4m"])).code).toBe(0);
    expect(bytesIn(folder, "again.y4m")).toEqual(bytesIn(folder, "whole.y4m"));
    const other = await mscc(folder, [...argv.slice(0, -1), "6", "--resume", "run.state", "-o", "other.y4m"]);
    expect([other.code, existsSync(join(folder, "other.y4m"))]).toEqual([1, false]);
    expect(errorsIn(other.err)).toBe(`error state-differs: the state to resume from has seed '5', and this run has '6'
  help: resume with the model, weights and options that the run began with`);
  });

  it("by a signal ends with 130 and leaves its state whole", async () => {
    const folder = folderWith(files());
    const argv = sampling("--frames", "100000", "--state", "run.state", "-o", "a.gif");
    const child = spawn(process.execPath, [builtMain, ...argv], { cwd: folder, stdio: "ignore" });
    const ended = new Promise<number | null>((settle) => child.on("close", settle));
    while (!existsSync(join(folder, "run.state")) && child.exitCode === null) {
      await new Promise((settle) => setTimeout(settle, 20));
    }
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(Object.keys(filesBelow(folder)).sort()).toEqual([...Object.keys(files()), "run.state"].sort());
    expect(parseState(bytesIn(folder, "run.state"), "run.state").state.done).toBeGreaterThan(2);
  });
});
