/** `mscc msc sample`: to be. */
import type { Command } from "commander";
import type { Session } from "../io.js";
export function mscSampleCommand(group: Command, _session: Session): void {
  group.command("sample");
}
