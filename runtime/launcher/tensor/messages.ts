/** Every text that the launcher of tensor operations can show beside those of all launchers, as one table of codes. */
import { type BindingLimit, enlarge, held } from "../binding-limit.js";
import { names, problemsOf, type Text, texts } from "../messages.js";

const own = {
  "input-unknown": (name: string, known: readonly string[]): Text => [
    `input '${name}' is unknown, the operation has: ${names(known)}`,
  ],
  "binding-too-large": (operand: string, bytes: number, limit: BindingLimit): Text => [
    `${operand} spans ${bytes} bytes, ${held(limit)}`,
    enlarge(limit, bytes, "launch in parts, with smaller operands"),
  ],
  "range-extent": (name: string, text: string, got: number): Text => [
    `range '${name}' counts to \`${text}\`, which is ${got} with these extents and params, expected 1 to 2147483647`,
  ],
  "too-many-workgroups": (workgroups: number): Text => [
    `the launch has ${workgroups} workgroups, expected at most 2147483647`,
    "launch in parts, with smaller operands",
  ],
};

export const ownCodes = /* @__PURE__ */ Object.keys(own);
export const problem = /* @__PURE__ */ problemsOf(texts, own);
