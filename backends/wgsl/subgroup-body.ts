/** The tile body of the subgroup skeleton: keys of a box in groups of 16: logits, mask, online softmax, weighted values. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { coordinates, indent, inside, offset } from "./coordinates.js";
import { emitSeen } from "./mask.js";
import { isScored, pairArguments } from "./pattern.js";
import { each, partOf, type Shape, typeOf } from "./subgroup-shape.js";

const block = (lines: readonly string[], depth = 1): string =>
  indent(
    lines.flatMap((line) => line.split("\n")),
    depth,
  );

/** Which keys of the group this invocation loads, and where their rows start. */
function emitStarts(plan: AttentionPlan, { loaded, lanes, group }: Shape): string {
  const load = (h: number) => {
    const first = h === 0 ? "first" : `first + ${h * loaded}u`;
    const mine = loaded === lanes ? `${first} + subgroup_lane` : `${first} + subgroup_lane % ${loaded}u`;
    const place = (operand: "k" | "v") =>
      `starts_of_${operand}[${h}] = select(0u, ${offset(plan, operand, "k", "key_head")}, is_held[${h}]);`;
    const lines = [
      `let element = i32(${mine});`,
      ...coordinates(plan, "k", "element"),
      `is_held[${h}] = ${inside(plan, "k")};`,
      place("k"),
      place("v"),
    ];
    return `{\n${block(lines)}\n}`;
  };
  const loads = group / loaded;
  return `// Keys of this group that this invocation loads for all: does the box hold them, and where do their rows start?
var is_held: array<bool, ${loads}>;
var starts_of_k: array<u32, ${loads}>;
var starts_of_v: array<u32, ${loads}>;
${each(loads, load).join("\n")}`;
}

/** A loop over vectors of a dim, whose body sees every key's vector as `<name>_<key>`. */
function emitLoop(
  shape: Shape,
  operand: "k" | "v",
  held: number,
  use: { before: string[]; key: (key: number, part: number) => string; after: string[] },
): string {
  const { loaded, parts, group } = shape;
  const index = parts === 1 ? "i" : `i + subgroup_lane / ${loaded}u`;
  const lines: string[] = [...use.before];
  for (let h = 0; h < group / loaded; h++) {
    const value = `load_${operand}(starts_of_${operand}[${h}], ${index})`;
    // A weight of 0 does not undo a NaN.
    lines.push(`let loaded_${h} = ${operand === "v" ? `select(vec4f(0.0), ${value}, is_held[${h}])` : value};`);
    for (let part = 0; part < parts; part++) {
      for (let j = 0; j < loaded; j++) {
        const shared = `let shared_${operand} = subgroupShuffle(loaded_${h}, ${j + loaded * part}u);`;
        lines.push(`{\n${block([shared, use.key(h * loaded + j, part)])}\n}`);
      }
    }
  }
  lines.push(...use.after);
  const step = parts === 1 ? "i++" : `i += ${parts}u`;
  return `for (var i = 0u; i < times(${held}u); ${step}) {\n${block(lines)}\n}`;
}

const at = (part: number) => (part === 0 ? "i" : `i + ${part}u`);
const rowsAndParts = (shape: Shape, text: (r: number, part: number) => string) =>
  each(shape.rows, (r) => each(shape.parts, (part) => text(r, part)).join("\n"));

function emitLogits(shape: Shape): string {
  const sums = (key: number) => each(shape.vectors, (n) => `var logit_${n}_${key} = ${typeOf(shape, "f32")}(0.0);`);
  const dots = (n: number, part: number) =>
    each(shape.width, (c) => `dot(q_${n * shape.width + c}_${part}, shared_k)`).join(", ");
  const add = (key: number, part: number) =>
    each(shape.vectors, (n) => `logit_${n}_${key} += ${typeOf(shape, "f32")}(${dots(n, part)});`).join("\n");
  const loop = emitLoop(shape, "k", shape.head.held, {
    before: rowsAndParts(shape, (r, part) => `let q_${r}_${part} = rows_of_q_${r}[${at(part)}];`),
    key: add,
    after: [],
  });
  return `// Logits of the invocation's rows, per key.
${each(shape.group, (key) => sums(key).join(" ")).join("\n")}
${loop}
${each(shape.group, (key) => each(shape.vectors, (n) => `logit_${n}_${key} *= u.scale;`).join(" ")).join("\n")}`;
}

/** The changed logits of all pairs; the mask drops those that do not attend. */
function emitScores(plan: AttentionPlan, shape: Shape): string {
  if (!isScored(plan)) return "";
  const names = each(shape.vectors, (n) => `logits_${n}`);
  const scored = (n: number) =>
    each(shape.width, (c) => {
      const logit = `logits_${n}[key]${shape.width === 1 ? "" : `.${"xyzw"[c]}`}`;
      return `score(${logit}, ${pairArguments(plan, `_${n * shape.width + c}`)})`;
    }).join(", ");
  return `
${names.map((name, n) => `var ${name} = array<${typeOf(shape, "f32")}, ${shape.group}>(${each(shape.group, (key) => `logit_${n}_${key}`).join(", ")});`).join("\n")}
for (var key = 0u; key < times(${shape.group}u); key++) {
  let element = i32(first + key);
${block(coordinates(plan, "k", "element"))}
${block(names.map((name, n) => `${name}[key] = ${typeOf(shape, "f32")}(${scored(n)});`))}
}
${each(shape.group, (key) => names.map((name, n) => `logit_${n}_${key} = ${name}[${key}];`).join(" ")).join("\n")}
`;
}

const forAll = (shape: Shape, text: (n: number, key: number) => string) =>
  each(shape.group, (key) => each(shape.vectors, (n) => text(n, key)).join(" "));

/** Which pairs attend, before anything is computed of them: a group that no row sees is left out. */
function emitMask(plan: AttentionPlan, shape: Shape): string {
  const all = (n: number) => `var seen_${n} = ${typeOf(shape, "u32")}(${2 ** shape.group - 1});`;
  const rows = Array.from({ length: shape.rows }, (_, r) => ({ suffix: `_${r}`, seen: partOf(shape, "seen", r) }));
  const none = (n: number) => `seen_${n} = ${typeOf(shape, "u32")}(0);`;
  const seesAny = each(shape.rows, (r) => partOf(shape, "seen", r)).join(" | ");
  return `// Bit key of a row: the pair attends; in a full box all do.
${each(shape.vectors, all).join("\n")}
if (!is_full) {
${block([...each(shape.vectors, none), emitSeen(plan, "first", shape.group, rows)])}
  if (!subgroupAny((${seesAny}) != 0u)) {
    continue;
  }
}
${each(shape.vectors, (n) => `attended_${n} |= seen_${n};`).join("\n")}`;
}

function emitDrop(shape: Shape): string {
  const keep = (n: number, key: number) =>
    `logit_${n}_${key} = select(${typeOf(shape, "f32")}(LOWEST), logit_${n}_${key}, attending(seen_${n}, ${key}u));`;
  return `if (!is_full) {
  // A pair that does not attend gets the lowest logit.
${block(forAll(shape, keep))}
}`;
}

function emitSoftmax(shape: Shape): string {
  const highest = (n: number) =>
    each(shape.group, (key) => `logit_${n}_${key}`).reduce((so, logit) => `max(${so}, ${logit})`, `largest_${n}`);
  const zero = (n: number, key: number) =>
    `weight_${n}_${key} = select(${typeOf(shape, "f32")}(0.0), weight_${n}_${key}, attending(seen_${n}, ${key}u));`;
  return `// Online softmax: the largest logit of each row so far.
${each(shape.vectors, (n) => `let next_${n} = ${highest(n)};\nlet keep_${n} = exp(largest_${n} - next_${n});\nlargest_${n} = next_${n};`).join("\n")}
${forAll(shape, (n, key) => `var weight_${n}_${key} = exp(logit_${n}_${key} - next_${n});`).join("\n")}
if (!is_full) {
  // A pair that does not attend weighs 0, whatever exp gives.
${block(forAll(shape, zero))}
}
${each(shape.vectors, (n) => `total_${n} = total_${n} * keep_${n} + (${each(shape.group, (key) => `weight_${n}_${key}`).join(" + ")});`).join("\n")}`;
}

function emitValues(shape: Shape): string {
  const weight = (r: number, key: number) => partOf(shape, "weight", r).replace(/_(\d+)/, `_$1_${key}`);
  const sum = (r: number, part: number) => `sum_${r}_${part}`;
  return emitLoop(shape, "v", shape.value.held, {
    before: rowsAndParts(
      shape,
      (r, part) => `var ${sum(r, part)} = ${partOf(shape, "keep", r)} * acc_${r}[${at(part)}];`,
    ),
    key: (key, part) => each(shape.rows, (r) => `${sum(r, part)} += ${weight(r, key)} * shared_v;`).join("\n"),
    after: rowsAndParts(shape, (r, part) => `acc_${r}[${at(part)}] = ${sum(r, part)};`),
  });
}

/** The keys of one box, a group at a time. */
export function emitGroups(plan: AttentionPlan, shape: Shape): string {
  const parts = [
    emitMask(plan, shape),
    emitStarts(plan, shape),
    emitLogits(shape),
    emitScores(plan, shape),
    emitDrop(shape),
    emitSoftmax(shape),
    `// Weighted values.\n${emitValues(shape)}`,
  ];
  return `
for (var first = 0u; first < times(${shape.keys}u); first += ${shape.group}u) {
${block(parts.filter((text) => text.length > 0))}
}`;
}

/** Whether the pair of each row and one key attends. */
export const emitAttending = (shape: Shape): string => {
  const [bits, bools] = [typeOf(shape, "u32"), shape.width === 1 ? "bool" : `vec${shape.width}<bool>`];
  return `fn attending(seen: ${bits}, key: u32) -> ${bools} {\n  return ((seen >> ${bits}(key)) & ${bits}(1u)) != ${bits}(0u);\n}`;
};
