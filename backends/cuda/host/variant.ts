/** What the host side of a variant is made of: its declaration as data, and names that C and Python can spell. */
import type { Manifest, ManifestCudaKernel, ManifestParam } from "../../../compiler/plan/manifest.js";
import { identifier } from "../../common/identifier.js";

/** Of a manifest, what the host side needs. */
export type Variant = Pick<Manifest, "name" | "source" | "sentence" | "axes" | "params" | "tables" | "checks">;

/** A field of the struct `Uniforms` that a kernel takes by value. */
export interface LaunchField {
  readonly name: string;
  readonly type: "i32" | "u32" | "i64" | "f32" | "pointer";
}

const C_WORDS =
  "alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const const_cast " +
  "consteval constexpr constinit continue co_await co_return co_yield decltype default delete do double dynamic_cast " +
  "else enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not " +
  "not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict return short " +
  "signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef " +
  "typeid typename typeof union unsigned using virtual void volatile wchar_t while xor xor_eq unix linux NULL";

const PYTHON_WORDS =
  "False None True and as assert async await break class continue def del elif else except finally for from global if " +
  "import in is lambda nonlocal not or pass raise return try while with yield";

/** Arguments of the Python function that are not the pattern's. */
const PYTHON_ARGUMENTS =
  "q k v scale size key_size query_offset key_offset key_extent key_ring out output lse return_lse self torch";

/** A word that is taken, or such a word with underscores behind it, gets one more: so no two names become one. */
const spelling = (words: string) => {
  const taken = new Set(words.split(" "));
  return (name: string): string => {
    const plain = identifier(name);
    return taken.has(plain.replace(/_+$/, "")) ? `${plain}_` : plain;
  };
};

/** A name of the pattern as a member of a C struct. */
export const cName = spelling(C_WORDS);
/** A name of the pattern as an argument of a Python function. */
export const pythonName = spelling(`${PYTHON_WORDS} ${PYTHON_ARGUMENTS}`);

export const argsName = ({ name }: Pick<Variant, "name">): string => `mscc_${identifier(name)}_args`;
export const forwardName = ({ name }: Pick<Variant, "name">): string => `mscc_${identifier(name)}_forward`;
/** The forward function of a single kernel. */
export const kernelForward = ({ symbol }: Pick<ManifestCudaKernel, "symbol">): string => `mscc_${symbol}_forward`;

/** Params that are not compiled in. */
export const openParams = ({ params }: Pick<Variant, "params">): readonly ManifestParam[] =>
  params.filter(({ value }) => value === undefined);

export const DTYPES = ["f32", "f16", "bf16"] as const;
export type CudaDtype = (typeof DTYPES)[number];
export const dtypeConstant = (dtype: CudaDtype): string => `MSCC_${dtype.toUpperCase()}`;
export const bytesOf = (dtype: CudaDtype): number => (dtype === "f32" ? 4 : 2);

/** A text as a C string literal. */
export const cString = (text: string): string =>
  `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\?\?/g, "?\\?")}"`;

/** Names as the elements of an array of strings. */
export const cStrings = (texts: readonly string[]): string => `{${texts.map(cString).join(", ")}}`;

/** A text as a line of a comment. */
export const oneLine = (text: string): string => text.replace(/\s+/g, " ").replace(/\\$/, "\\ ").trim();

/** A number as a C literal of type `float`. */
export function floatLiteral(value: number): string {
  const text = String(Math.fround(value) === value ? value : Number(Math.fround(value).toPrecision(9)));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** A number as a C literal of type `double`. */
export const doubleLiteral = (value: number): string =>
  !Number.isFinite(value)
    ? value < 0
      ? "-INFINITY"
      : "INFINITY"
    : /[.e]/.test(String(value))
      ? String(value)
      : `${value}.0`;

/** The names of an operand's dimensions, outermost first. */
export function dimensionsOf({ axes }: Variant, operand: "q" | "k" | "v" | "output" | "lse"): readonly string[] {
  const grid = operand === "k" || operand === "v" ? axes.key : axes.query;
  return ["batch", "heads", ...grid, ...(operand === "lse" ? [] : ["dim"])];
}
