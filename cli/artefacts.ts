/** Puts the files of compiled variants into their folders: all of them, or none. */
import { existsSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { type EmittedFile, emitFiles, MARK, type TensorKernelText } from "../backends/artefact/files.js";
import { emitCudaFiles, sharedCudaFiles } from "../backends/cuda/artefact.js";
import type { TensorManifest } from "../compiler/plan/manifest.js";
import type { CompiledVariant } from "./kernels.js";
import { userError } from "./messages.js";
import { launcherText } from "./tool.js";
import { type OutgoingFile, writeAll } from "./write-files.js";

/** What is read of a kernel in a manifest of an earlier run. */
interface Listed {
  readonly file?: unknown;
  readonly merge?: { readonly file?: unknown };
}

const EXTENSIONS = [".wgsl", ".cu"];
const MODULE = ["index.js", "index.d.ts"];

/** Files that an earlier run wrote into a folder and that another may leave out, as its manifest lists them. */
function earlierKernels(folder: string): string[] {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) return [];
  try {
    const { kernels, cuda } = JSON.parse(readFileSync(path, "utf8")) as {
      readonly kernels?: readonly Listed[];
      readonly cuda?: readonly Listed[];
    };
    const listed = [...(kernels ?? []), ...(cuda ?? [])].flatMap(({ file, merge }) => [file, merge?.file]);
    const isOurs = (file: unknown): file is string =>
      typeof file === "string" && EXTENSIONS.includes(extname(file)) && basename(file) === file;
    return [...listed.filter(isOurs), ...MODULE, ...sharedCudaFiles(basename(folder))].map((file) =>
      join(folder, file),
    );
  } catch {
    return []; // Not ours, or damaged: nothing is removed, and a file that is not ours is not overwritten either.
  }
}

/** Two names that a file system without letter case would put into one folder. */
function checkFolders(names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) throw userError("name-collision", { names: [other, name] });
    seen.set(name.toLowerCase(), name);
  }
}

/** What was compiled of a tensor operation. */
export interface TensorArtefact {
  readonly manifest: TensorManifest;
  readonly kernels: readonly TensorKernelText[];
}

export type Artefact = Pick<CompiledVariant, "manifest" | "kernels" | "cuda"> | TensorArtefact;

function filesOf(artefact: Artefact): EmittedFile[] {
  if (!("cuda" in artefact)) return emitFiles(artefact.manifest, artefact.kernels, launcherText("tensor"));
  const { manifest, kernels, cuda } = artefact;
  return emitFiles(manifest, kernels, launcherText(), emitCudaFiles(manifest, cuda));
}

/** Writes every declaration's folder under `out`, and removes kernels of earlier runs that are no longer made. */
export function writeArtefacts(variants: readonly Artefact[], out: string): void {
  checkFolders(variants.map(({ manifest }) => manifest.name));
  const files: OutgoingFile[] = variants.flatMap((artefact) =>
    filesOf(artefact).map(({ name, text }) => ({ path: join(out, artefact.manifest.name, name), content: text })),
  );
  const paths = new Set(files.map(({ path }) => path));
  const earlier = variants.flatMap(({ manifest }) => earlierKernels(join(out, manifest.name)));
  writeAll(files, { stale: earlier.filter((path) => !paths.has(path)), mark: MARK });
}
