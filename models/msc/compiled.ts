/** A compiled model: what `mscc msc build` writes and a host reads, without the compiler. */
import type { JsonExpression, Manifest, ManifestParam, TensorManifest } from "../../compiler/plan/manifest.js";
import type { KernelSet } from "../../runtime/launcher/index.js";
import type { TensorSet } from "../../runtime/launcher/tensor/index.js";
import type { MscConfig } from "./config.js";
import type { StoredDtype } from "./extents.js";
import { networkFault } from "./network-messages.js";
import type { Program } from "./program.js";

/** A pattern of the model, in slots along t. */
export interface ModelPattern {
  readonly name: string;
  /** A sentence that states it. */
  readonly sentence: string;
  readonly params: readonly ManifestParam[];
  /** `attend` of the pattern itself, from which a cache learns what it must keep. */
  readonly attend: JsonExpression;
  /** Name of the table of frames by slot. */
  readonly table: string;
  /** Manifest beside the model's file. */
  readonly manifest: string;
}

/** `<name>.json`. */
export interface ModelFile {
  readonly schema: 1;
  readonly kind: "msc";
  readonly mscc: string;
  readonly config: MscConfig;
  readonly dtypes: readonly StoredDtype[];
  readonly patterns: readonly ModelPattern[];
  /** Manifests of operations beside the model's file, by kernel. */
  readonly operations: { readonly [kernel: string]: string };
  readonly program: Program;
}

/** Reads the text of a file that lies beside the model's: from a folder, or over the network. */
export type ReadText = (file: string) => Promise<string>;

/** A model with the kernels of one dtype. */
export interface CompiledModel {
  readonly file: ModelFile;
  readonly dtype: StoredDtype;
  readonly operations: ReadonlyMap<string, TensorSet>;
  readonly attention: ReadonlyMap<string, KernelSet>;
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** @throws ModelError where the file is missing or is no compiled model. */
export async function readModelFile(name: string, read: ReadText): Promise<ModelFile> {
  const file = `${name}.json`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(await read(file));
  } catch (error) {
    throw networkFault("model-file", file, reasonOf(error));
  }
  const { kind, schema } = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Partial<ModelFile>;
  if (kind !== "msc") throw networkFault("model-file", file, "it has no kind 'msc'");
  if (schema !== 1) throw networkFault("model-schema", file, String(schema));
  return parsed as ModelFile;
}

type AnyManifest = Pick<Manifest, "kernels"> | Pick<TensorManifest, "kernels">;

/** Files of a manifest's kernels of one dtype. */
const filesOf = ({ kernels }: AnyManifest, dtype: StoredDtype): string[] =>
  kernels
    .filter((kernel) => kernel.dtype === dtype)
    .flatMap((kernel) => [kernel.file, ...("merge" in kernel && kernel.merge ? [kernel.merge.file] : [])]);

/** @throws ModelError where a file is missing, or nothing was compiled for the dtype. */
export async function readModel(name: string, read: ReadText, dtype: StoredDtype = "f32"): Promise<CompiledModel> {
  const file = await readModelFile(name, read);
  if (!file.dtypes.includes(dtype)) throw networkFault("model-dtype", file.config.name, dtype, file.dtypes);
  const text = (wanted: string) =>
    read(wanted).catch((error: unknown) => {
      throw networkFault("model-kernel", `${name}.json`, wanted, reasonOf(error));
    });
  const setOf = async <M extends AnyManifest>(path: string) => {
    const whole = JSON.parse(await text(path)) as M;
    const manifest = { ...whole, kernels: whole.kernels.filter((kernel) => kernel.dtype === dtype) } as M;
    const files = [...new Set(filesOf(manifest, dtype))];
    const code = await Promise.all(files.map(async (each) => [each, await text(each)] as const));
    return { manifest, code: Object.fromEntries(code) };
  };
  const operations = Object.entries(file.operations).map(
    async ([kernel, path]) => [kernel, await setOf<TensorManifest>(path)] as const,
  );
  const attention = file.patterns.map(
    async ({ name: pattern, manifest }) => [pattern, await setOf<Manifest>(manifest)] as const,
  );
  // Together: where one file is missing, so may be others.
  const [operationSets, attentionSets] = await Promise.all([Promise.all(operations), Promise.all(attention)]);
  return { file, dtype, operations: new Map(operationSets), attention: new Map(attentionSets) };
}
