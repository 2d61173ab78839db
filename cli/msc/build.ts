/** Config -> compiled model: the files that a host reads, as text. Where the model, the compiler and the backends meet. */
import { MARK } from "../../backends/artefact/files.js";
import { formatJson } from "../../backends/artefact/json.js";
import { KINDS } from "../../backends/wgsl/index.js";
import { createReader } from "../../compiler/frontend/read.js";
import { jsonOf } from "../../compiler/plan/checks.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { slotTable, slotted } from "../../compiler/slots.js";
import { assemble } from "../../models/msc/assemble.js";
import type { ModelFile, ModelPattern } from "../../models/msc/compiled.js";
import type { MscConfig } from "../../models/msc/config.js";
import { headDimOf, layersOf } from "../../models/msc/dimensions.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { MODEL_TILES } from "../../models/msc/pairs.js";
import { compileVariant } from "../kernels.js";
import { userError } from "../messages.js";
import { compileOperation } from "../tensor/kernels.js";
import { packageFolder, toolVersion } from "../tool.js";
import { fuseProgram } from "./fused.js";
import { operationFiles } from "./sources.js";

export interface ModelRequest {
  readonly config: MscConfig;
  readonly dtypes: readonly StoredDtype[];
  /** Patterns that the config names. */
  readonly patterns: ReadonlyMap<string, Pattern>;
  readonly cwd: string;
  /** What `readOperations` gives, for those who build several models. */
  readonly operations?: ReadonlyMap<string, Tensor>;
}

export interface ModelText {
  readonly name: string;
  readonly text: string;
}

/** The operations of the model, read from their declarations. */
export function readOperations(): ReadonlyMap<string, Tensor> {
  const files = operationFiles();
  const reader = createReader(files);
  return new Map(files.flatMap((file) => reader.read(file).tensors.map((tensor) => [tensor.name, tensor] as const)));
}

const markOf = (source: string) => `${MARK} from ${source}; do not edit.`;
const jsonText = (source: string, data: object) => `${formatJson({ "//": markOf(source), ...data })}\n`;

function emitOperation(tensor: Tensor, dtypes: readonly StoredDtype[]): { manifest: string; files: ModelText[] } {
  const kinds = dtypes.flatMap((dtype) => KINDS.filter((kind) => kind.dtype === dtype));
  const { manifest, kernels } = compileOperation(tensor, { kinds, cwd: packageFolder() });
  const name = `${tensor.name}.json`;
  const files = kernels.map(({ kernel, code }) => ({ name: kernel.file, text: code }));
  return { manifest: name, files: [{ name, text: jsonText(manifest.source, manifest) }, ...files] };
}

interface EmittedPattern {
  readonly pattern: ModelPattern;
  readonly files: readonly ModelText[];
}

function emitPattern(pattern: Pattern, headDims: readonly number[], request: ModelRequest): EmittedPattern {
  const { dtypes, cwd } = request;
  const { manifest, kernels } = compileVariant(slotted(pattern, "t"), {
    dims: headDims.map((dim) => ({ headDim: dim, valueDim: dim })),
    kinds: KINDS.filter(({ dtype }) => dtypes.includes(dtype)),
    schedules: [{ tiles: MODEL_TILES }],
    cwd,
  });
  // Manifests of several models lie in one folder: the name says what is in them.
  const name = `${manifest.name}.d${headDims.join("-d")}.json`;
  const files = kernels.flatMap(({ kernel, code, merge }) => [
    { name: kernel.file, text: code },
    ...(kernel.merge ? [{ name: kernel.merge.file, text: `// ${markOf(manifest.source)}\n${merge}` }] : []),
  ]);
  return {
    pattern: {
      name: pattern.name,
      sentence: pattern.sentence,
      params: manifest.params,
      attend: jsonOf(pattern.attend),
      table: slotTable("t"),
      manifest: name,
    },
    files: [{ name, text: jsonText(manifest.source, manifest) }, ...files],
  };
}

/** Head dims of every pattern that a config uses, in order. */
function patternsOf(config: MscConfig): Map<string, number[]> {
  const dims = new Map<string, Set<number>>();
  for (const branch of layersOf(config).flatMap(({ branches }) => branches)) {
    const own = dims.get(branch.pattern) ?? new Set();
    dims.set(branch.pattern, own.add(headDimOf(branch)));
  }
  return new Map([...dims].map(([name, own]) => [name, [...own].sort((a, b) => a - b)]));
}

/**
 * Compiles a model; files of the same name have the same text, whatever model they are of.
 * @throws UserError `msc-name` where the model's file would be that of a kernel.
 */
export function buildModel(request: ModelRequest): readonly ModelText[] {
  const { config, dtypes, patterns } = request;
  const { program, operations } = fuseProgram(assemble(config), request.operations ?? readOperations());
  const made = [...operations.values()].map((tensor) => ({ tensor, ...emitOperation(tensor, dtypes) }));
  const attending = [...patternsOf(config)].map(([name, dims]) =>
    emitPattern(patterns.get(name) as Pattern, dims, request),
  );
  const others = [...made.flatMap(({ files }) => files), ...attending.flatMap(({ files }) => files)];
  const own = `${config.name}.json`;
  const isTaken = others.some(({ name }) => name.toLowerCase() === own);
  if (isTaken) throw userError("msc-name", { name: config.name, reason: `'${own}' is the file of a kernel` });
  const file: ModelFile = {
    schema: 1,
    kind: "msc",
    mscc: toolVersion(),
    config,
    dtypes,
    patterns: attending.map(({ pattern }) => pattern),
    operations: Object.fromEntries(made.map(({ tensor, manifest }) => [tensor.name, manifest])),
    program,
  };
  const model = { name: own, text: jsonText("a configuration", file) };
  return [...new Map([model, ...others].map((each) => [each.name, each])).values()];
}
