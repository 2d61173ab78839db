/** `mscc msc`: the MSC video model, one command for each thing to do with it. */
import type { Command } from "commander";
import type { Session } from "../io.js";
import { mscBuildCommand } from "./msc-build.js";
import { mscDenoiseCommand } from "./msc-denoise.js";
import { mscInfoCommand } from "./msc-info.js";
import { mscSampleCommand } from "./msc-sample.js";

const EXAMPLE = `
Examples:
  mscc msc info
  mscc msc sample -o sample.gif
  mscc msc denoise -o denoised.png
  mscc msc build small.json`;

export function mscCommand(program: Command, session: Session): void {
  const group = program
    .command("msc")
    .description("run the MSC video model: generate and denoise clips, say what a model costs, compile others")
    .addHelpText("after", EXAMPLE);
  for (const add of [mscSampleCommand, mscDenoiseCommand, mscInfoCommand, mscBuildCommand]) add(group, session);
}
