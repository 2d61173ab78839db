/** What the types of every ES module have in common, whatever its kernels compute. */
import type { ManifestParam } from "../../compiler/plan/manifest.js";

/** A labelled tuple of numbers: `readonly [t: number, y: number]`. */
export const tuple = (labels: readonly string[]) =>
  `readonly [${labels.map((label) => `${label}: number`).join(", ")}]`;

export const quoted = (values: readonly (string | number)[]) =>
  [...new Set(values.map((value) => JSON.stringify(value)))].join(" | ");

function boundsOf({ type, min, max, default: fallback, value }: ManifestParam): string {
  const bounds = [
    type === "int" ? "Integer" : "Number",
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ].join(", ");
  if (value !== undefined) return `${bounds}; compiled in.`;
  return fallback === undefined ? `${bounds}.` : `${bounds}; ${fallback} if absent.`;
}

export const isNeeded = (param: ManifestParam) => param.default === undefined && param.value === undefined;

export function paramsType(params: readonly ManifestParam[]): string[] {
  if (params.length === 0) return [];
  const fields = params.flatMap((param) => [
    `  /** ${boundsOf(param)} */`,
    `  readonly ${param.name}${isNeeded(param) ? "" : "?"}: ${param.value ?? "number"};`,
  ]);
  return ["export interface Params {", ...fields, "}", ""];
}

/** The type of operands; `what` says of what they are. */
export const operandType = (
  what: string,
) => `/** ${what} in a GPU buffer with the usage STORAGE; offset and strides count elements. */
export interface Operand<Shape extends readonly number[]> {
  readonly buffer: GPUBuffer;
  /** First element; 0 if absent. */
  readonly offset?: number;
  readonly shape: Shape;
  /** One per dimension; row-major and dense if absent. */
  readonly strides?: Shape;
}
`;

/** What can be done with a launch: the end of its type. */
export const COMMANDS = `  /** Adds the whole launch to an encoder, or to an open compute pass, whose pipeline and group 0 it sets. */
  encode(target: GPUCommandEncoder | GPUComputePassEncoder): void;
  /** Submits slice by slice, each of about \`sliceMilliseconds\` (200 if absent); resolves when done. */
  run(options?: { readonly sliceMilliseconds?: number }): Promise<void>;
  /** After \`encode\` and the caller's submit: resolves when the queue is done, rejects where the launch failed. */
  finished(): Promise<void>;
  /** Destroys the buffers that the launch owns. */
  dispose(): void;
}
`;

export const KERNEL = `export interface Kernel {
  readonly name: string;
  /** Checks everything and prepares one launch; throws a LaunchError with every fault found. */
  bind(options: BindOptions): Launch;
  dispose(): void;
}

/** Every fault of one step, each with its code. */
export declare class LaunchError extends Error {
  readonly problems: readonly { readonly code: string; readonly message: string; readonly help?: string }[];
  constructor(kernel: string, problems: LaunchError["problems"]);
}
`;

/** The options of `load` that every module takes: the end of their type. */
export const loadEnd = (profiles: string): string[] => [
  "  /** Takes no other, and fails where the device lacks what it needs; if absent, the best that the device runs. */",
  `  readonly profile?: ${profiles};`,
  "  /** Told in one sentence which kernel was chosen, and why none of the better ones. */",
  "  readonly log?: (message: string) => void;",
  "  /** Called once if the device is lost while this was the last of its kernels put to work. */",
  "  readonly onDeviceLost?: (error: Error) => void;",
  "}",
  "",
];

/** The end of the type of `manifest`, and the type of `code`. */
export const manifestEnd = (files: readonly string[]): string[] => [
  "    /** Least number of invocations of a subgroup; absent where none are used. */",
  "    readonly subgroupSize?: number;",
  "    readonly features: readonly string[];",
  "    readonly limits: { readonly [limit: string]: number };",
  "  }[];",
  "  readonly [field: string]: unknown;",
  "};",
  "",
  "/** WGSL by file name. */",
  `export declare const code: { readonly [file in ${quoted(files)}]: string };`,
  "",
];
