/** Every text that the Node host can show, as one table of codes; the launcher has its own. */
import type { Problem } from "./launcher/index.js";

type Text = readonly [message: string, help?: string];

const list = (values: readonly number[]) => `[${values.join(", ")}]`;

const texts = {
  "no-adapter": (): Text => [
    "no WebGPU adapter was found on this machine",
    "install a Vulkan driver: on Debian and Ubuntu the package mesa-vulkan-drivers, Mesa 23 or newer (on Debian 12 from bookworm-backports), in a checkout of mscc 'npm run setup'; then 'mscc doctor' shows what is there",
  ],
  "no-webgpu": (reason: string): Text => [
    `the npm package 'webgpu' cannot be loaded: ${reason}`,
    "run 'npm install' on this machine: the package brings one binary per platform (Linux, macOS, Windows; x64, arm64)",
  ],
  "no-device": (reason: string): Text => [
    `the adapter gave no device: ${reason}`,
    "'mscc doctor' shows what it offers",
  ],
  "gpu-closed": (): Text => ["this GPU was closed", "open another one with openGpu()"],
  "host-length": (operand: string, needed: number, got: number): Text => [
    `${operand} holds ${got} values, its shape and strides reach ${needed}`,
  ],
  "host-dtype": (operand: string, expected: string, got: string): Text => [
    `${operand} holds ${got}, expected ${expected}`,
  ],
  "file-unreadable": (path: string, reason: string): Text => [`${path} cannot be read: ${reason}`],
  "file-unwritable": (path: string, reason: string): Text => [`${path} cannot be written: ${reason}`],
  "npy-magic": (path: string): Text => [`${path} is not a .npy file: it does not begin with '\\x93NUMPY'`],
  "npy-version": (path: string, version: string): Text => [
    `${path} has .npy version ${version}, expected 1.0 or 2.0`,
    "save it again with numpy.save",
  ],
  "npy-header": (path: string, reason: string): Text => [`${path} has a .npy header that cannot be read: ${reason}`],
  "npy-dtype": (path: string, expected: string, got: string): Text => [
    `${path} holds dtype '${got}', expected ${expected}`,
    "convert it with array.astype",
  ],
  "npy-order": (path: string): Text => [
    `${path} is in Fortran order, expected C order`,
    "save numpy.ascontiguousarray(array)",
  ],
  "npy-truncated": (path: string, expected: number, got: number): Text => [
    `${path} is truncated: expected ${expected} bytes, got ${got}`,
  ],
  "npy-trailing": (path: string, expected: number, got: number): Text => [
    `${path} is too long: expected ${expected} bytes, got ${got}`,
  ],
  "npy-range": (path: string, index: number, got: string): Text => [
    `value ${index} of ${path} is ${got}, expected within -2147483648 to 2147483647: mscc reads int64 as int32`,
  ],
  "npy-rank": (path: string, axes: readonly string[], shape: readonly number[]): Text => [
    `${path} has shape ${list(shape)}, expected ${axes.length} dimensions: [${axes.join(", ")}]`,
  ],
  "npy-extent": (path: string, axis: string, expected: number, got: number): Text => [
    `axis '${axis}' of ${path} has extent ${got}, expected ${expected}`,
  ],
};

export type HostCode = keyof typeof texts;
export const hostCodes = Object.keys(texts) as readonly HostCode[];

export function hostProblem<C extends HostCode>(code: C, ...values: Parameters<(typeof texts)[C]>): Problem {
  const [message, help] = (texts[code] as (...values: readonly unknown[]) => Text)(...values);
  return { code, message, ...(help === undefined ? {} : { help }) };
}

/** A fault of the machine or of a file, not of a launch; the same shape as `LaunchError`. */
export class HostError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message, help }) => `${message}${help ? `\n  help: ${help}` : ""}`).join("\n"));
    this.name = "HostError";
    this.problems = problems;
  }
}

export const fail = <C extends HostCode>(code: C, ...values: Parameters<(typeof texts)[C]>): HostError =>
  new HostError([hostProblem(code, ...values)]);

const REASONS: { readonly [code: string]: string } = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left",
  ENOTDIR: "a part of the path is a file",
};
const REASONS_TO_READ: typeof REASONS = { ...REASONS, ENOENT: "it does not exist", EISDIR: "it is a folder" };
const REASONS_TO_WRITE: typeof REASONS = {
  ...REASONS,
  ENOENT: "its folder does not exist",
  EEXIST: "a file is in the way",
  EISDIR: "a folder is in the way",
};

/** Why a file could not be read or written, in words where the system's code is known. */
export function fileReason(error: unknown, purpose: "read" | "write"): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  return (purpose === "read" ? REASONS_TO_READ : REASONS_TO_WRITE)[code] ?? reasonOf(error);
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
