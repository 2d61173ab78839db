/** One comparison: the kernel of a tensor operation against its declared function in float64, on random or given inputs. */
import { resolve } from "node:path";
import { interpretTensor } from "../../backends/interpreter/tensor.js";
import { evaluator } from "../../compiler/ir/evaluate.js";
import { innerOf, outermost } from "../../compiler/plan/nesting.js";
import type { Reduction, Tensor } from "../../compiler/plan/tensor.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { type TableData, tensorReference } from "../../dsl/index.js";
import { throughHalves } from "../../runtime/half.js";
import { openGpu, runTensor } from "../../runtime/index.js";
import { adapterName } from "../adapter-name.js";
import { isOnTrial, type KindChoice } from "../arguments/kinds.js";
import { line, type Session } from "../io.js";
import { userError } from "../messages.js";
import type { TableArray } from "../operands.js";
import { withProgress } from "../progress.js";
import { type Comparison, compare } from "../verify/compare.js";
import { executeDeclaration } from "../verify/execute.js";
import { calling } from "../verify/verify.js";
import { operationForDevice } from "./device.js";
import { drawInputs } from "./draw.js";
import type { Extents } from "./extents.js";

export interface VerifyTensorRequest {
  readonly file: string;
  /** Extents that options and arrays give. */
  readonly extents: Extents;
  readonly inputs: { readonly [name: string]: TableArray };
  readonly params: { readonly [name: string]: number };
  readonly seed: number;
  readonly kind: KindChoice;
}

export interface TensorVerdict {
  readonly variant: string;
  readonly size: { readonly [label: string]: number };
  readonly params: { readonly [name: string]: number };
  readonly seed: number;
  readonly dtype: string;
  readonly profile: string;
  /** `baseline`, or `subgroups of 8`. */
  readonly kind: string;
  readonly adapter: string;
  readonly schedule: string;
  readonly elements: number;
  readonly output: Comparison;
  readonly passed: boolean;
}

const LARGEST_WORK = 2e7;
/** What float32 loses in a cosine of a thousand, tenfold. */
const MOST_ROUNDING = 3e-4;

/** How often the declared function, or a body of a reduction, is called for one element. */
function stepsPerElement(tensor: Tensor, extents: Extents, params: VerifyTensorRequest["params"]): number {
  const sizes = Object.fromEntries([...extents].map(([label, extent]) => [`size.${label}`, extent]));
  const stepsOf = (reduction: Reduction): number => {
    const inner = innerOf(tensor, reduction).reduce((sum, each) => sum + stepsOf(each), 1);
    return reduction.ranges.reduce((steps, { extent }) => steps * evaluator(extent)({ ...params, ...sizes }), inner);
  };
  return outermost(tensor).reduce((sum, each) => sum + stepsOf(each), 1);
}

const shapeOf = ({ axes }: Tensor, extents: Extents) => axes.map((axis) => extents.get(axis) as number);

const product = (shape: readonly number[]) => shape.reduce((count, extent) => count * extent, 1);

const indicesOf = (n: number, shape: readonly number[]): number[] =>
  shape.reduceRight<{ readonly rest: number; readonly at: readonly number[] }>(
    ({ rest, at }, extent) => ({ rest: Math.floor(rest / extent), at: [rest % extent, ...at] }),
    { rest: n, at: [] },
  ).at as number[];

/** Refuses what has nothing to compare with. */
function checkFinite(
  name: string,
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float64Array },
) {
  const n = data.findIndex((value) => !Number.isFinite(value));
  if (n >= 0) throw userError("verify-not-finite", { name, at: indicesOf(n, shape), value: data[n] as number });
}

/** What the kernel reads is what the function is asked about: its storage of inputs is no error. */
function storedInputs({ inputs }: Tensor, given: { readonly [name: string]: TableData }, { dtype }: KindChoice) {
  return Object.fromEntries(
    inputs.map(({ name, type, isExact }) => {
      const { shape, data } = given[name] as TableData;
      const floats = () => (dtype === "f16" && !isExact ? throughHalves(data) : Float32Array.from(data));
      return [name, { shape, data: type === "int" ? Int32Array.from(data) : floats() }] as const;
    }),
  );
}

/** Inputs, what they should give, and what a plain float32 program makes of them. */
async function prepare(tensor: Tensor, request: VerifyTensorRequest, { io }: Session) {
  const { file, params, seed, kind } = request;
  const { name } = tensor;
  line(io.stderr, `mscc verify executes ${file} to call its functions`);
  const declaration = await executeDeclaration(resolve(io.cwd, file), name, file, "tensor");
  const check = (extents: Extents) => {
    const steps = product(shapeOf(tensor, extents)) * stepsPerElement(tensor, extents, params);
    if (steps > LARGEST_WORK) throw userError("verify-steps", { name, steps, limit: LARGEST_WORK });
  };
  return calling(
    name,
    () => {
      const drawn = drawInputs(tensor, declaration, request.extents, request.inputs, params, seed, check);
      const { extents } = drawn;
      const inputs = storedInputs(tensor, drawn.inputs, kind);
      const shape = shapeOf(tensor, extents);
      const want = tensorReference(declaration, { inputs, params, size: Object.fromEntries(extents) });
      checkFinite(name, want);
      const plain = interpretTensor(planTensor(tensor), { inputs, params, shape });
      return { extents, inputs, shape, want, plain };
    },
    true,
  );
}

/** @throws UserError, HostError, LaunchError where there is nothing to compare. */
export async function verifyTensor(
  tensor: Tensor,
  request: VerifyTensorRequest,
  session: Session,
): Promise<TensorVerdict> {
  const { io } = session;
  const { params, seed, kind } = request;
  const { extents, inputs, shape, want, plain } = await prepare(tensor, request, session);
  const gpu = await openGpu({ experimental: isOnTrial(kind) });
  try {
    const compiled = operationForDevice(tensor, gpu, kind, io.cwd);
    const work = () => runTensor(gpu, compiled, { inputs, shape, params });
    const got = await withProgress(io, `running ${tensor.name} ...`, work);
    const dtype = tensor.isExact ? "f32" : kind.dtype;
    const output = compare(got.output, plain, want.data, shape, dtype, MOST_ROUNDING);
    return {
      variant: tensor.name,
      size: Object.fromEntries(extents),
      params,
      seed,
      dtype: kind.dtype,
      profile: compiled.profile,
      kind: compiled.kind,
      adapter: adapterName(gpu),
      schedule: compiled.plan.schedule.kind,
      elements: product(shape),
      output,
      passed: output.passed,
    };
  } finally {
    gpu.close();
  }
}
