/** `mscc init`: a starter project in an empty folder. */
import type { Command } from "commander";
import { line, type Session } from "../io.js";

const EXAMPLE = `
Writes package.json, patterns.ts, tsconfig.json, README.md and .gitignore, into a folder that is empty or does not exist.

Examples:
  mscc init
  mscc init my-patterns`;

export function initCommand(program: Command, session: Session): void {
  program
    .command("init")
    .description("write a starter project: a pattern with comments, and the scripts to check, verify and compile it")
    .argument("[dir]", "the folder", ".")
    .addHelpText("after", EXAMPLE)
    .action(async (folder: string) => {
      const { writeProject } = await import("../starter.js");
      for (const text of writeProject(folder, session.io)) line(session.io.stdout, text);
    });
}
