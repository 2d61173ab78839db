/** `mscc show`: a picture of what one query sees, and of what is visited for it. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { checkFormat } from "../arguments/choices.js";
import { repeated } from "../arguments/repeated.js";
import type { Session } from "../io.js";
import { throwAny } from "../messages.js";
import type { ShowOptions } from "../show/request.js";

const EXAMPLE = `
Without -o the picture is drawn in characters. Without --grid the grid is small: 128 positions for one axis, 16 x 24 for
two, 6 x 8 x 12 for three, 2 x 4 x 8 x 12 for four; keys with a grid of their own have half of it along the last two.
Tables that are not given are drawn within their promises. A score is shown by the weights of the keys where the dot
product of query and key is 0.

Examples:
  mscc show patterns.ts lightCone --set frames=4 --set radius=1 --set speed=1
  mscc show patterns.ts lightCone --set frames=4 --set radius=1 --set speed=1 -o cone.html
  mscc show patterns.ts frameCausal --grid t=8,y=24,x=32 --query t=6,y=12,x=16 -o causal.svg`;

async function showFile(file: string, variant: string | undefined, options: ShowOptions, session: Session) {
  const { output, format } = options;
  const problems: Diagnostic[] = [];
  checkFormat(format, problems);
  const { pictureKind, requestOf } = await import("../show/request.js");
  const kind = output === undefined ? undefined : pictureKind(output, session.io.cwd, problems);
  throwAny(problems);
  const { readOne } = await import("../declared.js");
  const pattern = await readOne("show", file, variant, session);
  const request = requestOf(pattern, options, session.io.cwd);
  const { show } = await import("../show/show.js");
  const picture = output === undefined || kind === undefined ? {} : { file: { name: output, kind } };
  const isPrinted = format !== undefined || output === undefined;
  show(request, { ...picture, ...(isPrinted ? { print: format === "json" ? "json" : "text" } : {}) }, session);
}

export function showCommand(program: Command, session: Session): void {
  program
    .command("show")
    .description("draw what a query sees, and which tiles are visited for it")
    .argument("<file>", "a TypeScript file that exports patterns")
    .argument("[variant]", "name of an export; needed where the file has several")
    .option("--grid <extents>", "extents of the grid, such as t=8,y=24,x=32; by default small ones")
    .option("--key-grid <extents>", "extents of the grid of the keys, where they have their own")
    .option(
      "--query <position>",
      "the query, such as t=3,y=4,x=4; by default late on the first axis, else in the middle",
    )
    .addOption(repeated("--set <name=value>", "value of a param; repeat for several"))
    .addOption(repeated("--table <name=file>", "values of a table; repeat for several"))
    .option("--head <number>", "the query head, where the pattern reads it", "0")
    .option("-o, --output <file>", "picture.svg, or picture.html with sliders for the query and the params")
    .option("--format <format>", "what is printed: text, or json; by default text where there is no -o")
    .addHelpText("after", EXAMPLE)
    .action((file: string, variant: string | undefined, options: ShowOptions) =>
      showFile(file, variant, options, session),
    );
}
