/** The command line as a function: arguments in, exit code out; nothing here touches the process. */
import { Command, CommanderError } from "commander";
import { describedOption, refuseTwice } from "./arguments/repeated.js";
import { benchCommand } from "./commands/bench.js";
import { checkCommand } from "./commands/check.js";
import { compileCommand } from "./commands/compile.js";
import { doctorCommand } from "./commands/doctor.js";
import { explainCommand } from "./commands/explain.js";
import { initCommand } from "./commands/init.js";
import { mscCommand } from "./commands/msc.js";
import { proveCommand } from "./commands/prove.js";
import { runCommand } from "./commands/run.js";
import { showCommand } from "./commands/show.js";
import { verifyCommand } from "./commands/verify.js";
import { diagnosticsOf, showDiagnostics } from "./faults.js";
import { type Io, type Session, wantsColor } from "./io.js";
import { toolVersion } from "./tool.js";

const DESCRIPTION = `Compiles attention patterns and tensor operations, declared as small TypeScript functions, into fused GPU kernels.

Exit codes: 0 done, 1 an error in what was given, 2 an unknown command or option or a missing argument, 3 undecided by \`prove\`.`;

/** In the order of the help. */
const COMMANDS = [
  compileCommand,
  checkCommand,
  explainCommand,
  proveCommand,
  showCommand,
  runCommand,
  verifyCommand,
  benchCommand,
  mscCommand,
  doctorCommand,
  initCommand,
];

function programOf(session: Session): Command {
  const { io } = session;
  const program = new Command("mscc")
    .description(DESCRIPTION)
    .version(toolVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .configureHelp({ optionDescription: describedOption })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => wantsColor(io),
    })
    .showHelpAfterError("Run it with --help to see what it takes.")
    .addHelpText("after", "\nExample:\n  mscc compile patterns.ts lightCone --head-dim 64 --out generated");
  for (const add of COMMANDS) add(program, session);
  for (const command of program.commands) for (const each of [command, ...command.commands]) refuseTwice(each);
  return program;
}

/**
 * Runs one command; `argv` without `node` and the script.
 * @returns the exit code: 0, 1 (the user's error, or refuted), 2 (unknown command or option, missing argument), 3 (undecided)
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const session: Session = {
    io,
    argv,
    exitWith: (given) => {
      code = given;
    },
  };
  try {
    await programOf(session).parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    showDiagnostics(diagnosticsOf(error, session), session);
    return 1;
  }
}
