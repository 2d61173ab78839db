/** `npm start`: attention over real video, from a TypeScript function to a picture. Runs from dist. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "mscc/compile";
import { ModelError } from "mscc/msc";
import { HostError, LaunchError } from "mscc/runtime";
import { runDemo } from "./demo.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

try {
  const { passed } = await runDemo({ root, out: join(root, "out"), print: (line) => console.log(line) });
  if (!passed) {
    console.error("error: the kernel or its loops differ from the declared function; see the check above");
    process.exitCode = 1;
  }
} catch (error) {
  const isKnown = [UserError, HostError, LaunchError, ModelError].some((kind) => error instanceof kind);
  const isFileSystem = error instanceof Error && "syscall" in error;
  if (!isKnown && !isFileSystem) throw error;
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}
