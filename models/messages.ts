/** How models, and the files they read and write, fail: one class of error, and tables of codes with their texts. */
import type { Problem } from "../runtime/launcher/messages.js";

export type { Problem };

/** What was found and what is allowed; and, where there is one, the edit that mends it. */
export type Text = readonly [message: string, help?: string];

/** A fault of what a model was given: a file, a config, weights; the same shape as `LaunchError` and `HostError`. */
export class ModelError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message, help }) => `${message}${help ? `\n  help: ${help}` : ""}`).join("\n"));
    this.name = "ModelError";
    this.problems = problems;
  }
}

type Texts = { readonly [code: string]: (...values: never[]) => Text };

/** Makes of a table of texts the list of its codes, their problems, and the errors with one problem each. */
export function messagesOf<T extends Texts>(texts: T) {
  type Code = keyof T & string;
  const problem = <C extends Code>(code: C, ...values: Parameters<T[C]>): Problem => {
    const [message, help] = (texts[code] as (...values: readonly unknown[]) => Text)(...values);
    return { code, message, ...(help === undefined ? {} : { help }) };
  };
  return {
    codes: Object.keys(texts) as readonly Code[],
    problem,
    fail: <C extends Code>(code: C, ...values: Parameters<T[C]>) => new ModelError([problem(code, ...values)]),
  };
}

const SHOWN = 60;
// Control characters, separators of lines, and what turns the direction of text.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text of a file in a message: in quotes, cut short, and without what a terminal would obey rather than show. */
export function quoted(text: string): string {
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
  return `'${cut.replace(UNSEEN, (each) => `\\u{${(each.codePointAt(0) as number).toString(16)}}`)}'`;
}

/** A value of a file's JSON in a message: what is nested is left out, since it can be of any size and depth. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) {
    const first = value.slice(0, 4).map((each) => (typeof each === "object" ? nested(each) : shown(each)));
    return `[${[...first, ...(value.length > 4 ? ["..."] : [])].join(", ")}]`;
  }
  return typeof value === "object" ? nested(value) : String(value);
}

const nested = (value: object | null) => (value === null ? "null" : Array.isArray(value) ? "[...]" : "{...}");
