/** `mscc msc denoise`: to be. */
import type { Command } from "commander";
import type { Session } from "../io.js";
export function mscDenoiseCommand(group: Command, _session: Session): void {
  group.command("denoise");
}
