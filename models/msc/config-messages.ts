/** Every text that the configuration and the weights of an MSC model can call forth, as one table of codes. */
import { closest } from "../../dsl/similar.js";
import { messagesOf, quoted, type Text } from "../messages.js";

type Names = readonly string[];

const list = (names: Names) => (names.length > 0 ? names.join(", ") : "none");
const inQuotes = (names: Names) => names.map(quoted).join(", ");
const MOST_DIMENSIONS = 8;
const shapeText = (shape: readonly number[]) =>
  `[${[...shape.slice(0, MOST_DIMENSIONS), ...(shape.length > MOST_DIMENSIONS ? ["..."] : [])].join(", ")}]`;
const plural = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
const meant = (name: string, known: Names) => {
  const near = closest(name, known);
  return near === undefined ? "" : `; did you mean '${near}'?`;
};
/** At most a few, and how many more there are. */
const SHOWN = 4;
const few = (names: Names) =>
  names.length <= SHOWN ? names.join(", ") : `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;

const either = (values: readonly (number | string)[]) => values.join(", ").replace(/, ([^,]*)$/, " or $1");
const entries = (n: number) => `${n} ${n === 1 ? "entry" : "entries"}`;
const OTHER = "are these the weights of another configuration?";
const EVEN_CHANNELS = "give the branch an even number of channels: rotary embedding turns them in pairs";

/** A tensor whose shape is not what the model needs. */
export interface ShapeFault {
  readonly name: string;
  readonly found: readonly number[];
  readonly shape: readonly number[];
}
const shapeFaultText = ({ name, found, shape }: ShapeFault) =>
  `${name} is ${shapeText(found)}, expected ${shapeText(shape)}`;

/** What a field of the configuration must be, in words, and what to write where that is not plain. */
export interface Expected {
  readonly what: string;
  readonly help?: string;
}

export const { codes: configCodes, problem: configProblem } = messagesOf({
  "config-value": (path: string, found: string, { what, help }: Expected): Text => {
    const message = `${path} is ${found}; expected ${what}`;
    return help === undefined ? [message] : [message, help];
  },
  "config-unknown": (path: string, name: string, known: Names): Text => [
    `${path} is not a field of a configuration${meant(name, known)}`,
    `fields here: ${list(known)}`,
  ],
  "config-missing": (path: string, name: string, { what, help }: Expected): Text => [
    `${path} is missing; expected ${what}`,
    help ?? `add "${name}"`,
  ],
  "config-layers": (path: string, found: number, depth: number): Text => [
    `${path} has ${entries(found)}, and depth is ${depth}`,
    depth === 1 ? "give one layer" : `give one layer, which is used ${depth} times, or ${depth} of them`,
  ],
  "config-branches": (path: string): Text => [`${path} is empty; a layer has at least one branch`],
  "config-width": (path: string, channels: readonly number[], width: number): Text => [
    `${path} have ${channels.join(" + ")}${channels.length > 1 ? ` = ${channels.reduce((sum, each) => sum + each, 0)}` : ""} channels, and width is ${width}`,
    "the branches of a layer share its width: let their channels sum to it",
  ],
  "config-heads": (path: string, heads: number, channels: number, suiting: readonly number[]): Text => [
    `${path}.heads is ${heads}, which does not divide ${path}.channels, ${channels}`,
    suiting.length > 0 ? `take ${either(suiting)} heads` : EVEN_CHANNELS,
  ],
  "config-head-dim": (path: string, headDim: number, suiting: readonly number[]): Text => [
    `${path} has heads of ${plural(headDim, "channel")} (channels / heads); expected an even number from 2 to 256`,
    suiting.length > 0 ? `take ${either(suiting)} heads` : EVEN_CHANNELS,
  ],
  "config-pattern": (path: string, name: string, known: Names): Text => [
    `${path} is ${quoted(name)}, which is no pattern that is compiled here${meant(name, known)}`,
    known.length > 0
      ? `patterns: ${list(known)}; those of a file of your own with \`--patterns file.ts\``
      : "there are no patterns: name a file of them with `--patterns file.ts`",
  ],
  "config-pattern-axes": (path: string, name: string, axes: string): Text => [
    `${path} is '${name}', a pattern over ${axes}; a branch needs one grid of t, y, x, which queries and keys share`,
  ],
  "config-pattern-tables": (path: string, name: string, tables: Names): Text => [
    `${path} is '${name}', which reads the ${tables.length === 1 ? "table" : "tables"} ${inQuotes(tables)}; the model feeds no tables to its patterns`,
    "take a pattern without tables",
  ],
  "config-param": (path: string, name: string, pattern: string, known: Names): Text => [
    `${path} is not a param of ${pattern}${meant(name, known)}`,
    `params of ${pattern}: ${list(known)}`,
  ],
  "config-param-missing": (path: string, names: Names, pattern: string): Text => [
    `${path} ${names.length === 1 ? "lacks the param" : "lacks the params"} ${inQuotes(names)} of ${pattern}, which ${names.length === 1 ? "has" : "have"} no default`,
    `write "params": { ${names.map((name) => `"${name}": ...`).join(", ")} }`,
  ],
  "weights-missing": (names: Names, known: number): Text => [
    `${plural(names.length, "tensor")} of the ${known} that the model needs ${names.length === 1 ? "is" : "are"} missing: ${few(names)}`,
    OTHER,
  ],
  "weights-extra": (names: Names, near: string | undefined): Text => [
    `${plural(names.length, "tensor")} that the model does not have: ${few(names.map(quoted))}${near === undefined ? "" : `; did you mean '${near}'?`}`,
    OTHER,
  ],
  "weights-shape": (faults: readonly ShapeFault[]): Text => [
    `${plural(faults.length, "tensor")} of another shape than the model's: ${few(faults.map(shapeFaultText))}`,
    OTHER,
  ],
  "weights-dtype": (faults: readonly { name: string; found: string }[], known: Names): Text => [
    `${plural(faults.length, "tensor")} of a dtype that the model does not read: ${few(faults.map(({ name, found }) => `${name} is ${quoted(found)}`))}`,
    `write weights as ${either(known)}`,
  ],
});
