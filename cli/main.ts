#!/usr/bin/env node
/** The executable: hands the process to the command line. */
import module from "node:module";
import { run } from "./command-line.js";

// Node 22 keeps compiled code between starts; older ones do not have the call.
(module as { readonly enableCompileCache?: () => void }).enableCompileCache?.();

// `mscc ... | head` closes the pipe early: no error of anyone.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** The first interrupt from here on is the command's affair. */
function interrupts(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  return controller.signal;
}

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  env: process.env,
  interrupts,
});
