/** What TypeScript says of a use of emitted modules, by their types alone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Project, ts } from "ts-morph";
import { root } from "./mscc.js";

/** Messages of TypeScript for a use of the modules, whose types are given by name. */
export function faultsOf(types: { readonly [variant: string]: string }, use: string): string[] {
  const project = new Project({
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      types: [],
      skipLibCheck: true,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      module: ts.ModuleKind.ESNext,
    },
  });
  const webgpu = readFileSync(join(root, "node_modules/@webgpu/types/dist/index.d.ts"), "utf8");
  project.createSourceFile("/t/webgpu.d.ts", `/// <reference lib="dom" />\n${webgpu}`);
  // As sources, so that the declarations themselves are checked.
  for (const [name, text] of Object.entries(types)) project.createSourceFile(`/t/${name}.ts`, text);
  const files = [project.createSourceFile("/t/use.ts", use), ...Object.keys(types).map((name) => `/t/${name}.ts`)];
  return files
    .map((file) => (typeof file === "string" ? project.getSourceFileOrThrow(file) : file))
    .flatMap((file) => file.getPreEmitDiagnostics())
    .map((each) => ts.flattenDiagnosticMessageText(each.compilerObject.messageText, "\n"));
}
