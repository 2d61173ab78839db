/** The tile body of the subgroup skeleton: keys of a box in groups: logits, mask, online softmax, weighted values. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { indent, inside } from "../common/coordinates.js";
import { isScored, pairArguments } from "../common/pattern.js";
import { offset } from "./offset.js";
import { coordinates, emitColumns, emitSeen } from "./spelling.js";
import { arrayOf, emitRowInHand } from "./subgroup-rows.js";
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

/** Vector i plus `part` of a row. */
const vector = (shape: Shape, name: "rows_of_q" | "acc", r: number, part: number) =>
  `${arrayOf(shape, name, r)}[${part === 0 ? "i" : `i + ${part}u`}]`;
const rowsAndParts = (shape: Shape, text: (r: number, part: number) => string) =>
  each(shape.rows, (r) => each(shape.parts, (part) => text(r, part)).join("\n"));

function emitLogits(shape: Shape): string {
  const sums = (key: number) => each(shape.vectors, (n) => `var logit_${n}_${key} = ${typeOf(shape, "f32")}(0.0);`);
  const dots = (n: number, part: number) =>
    each(shape.width, (c) => `dot(q_${n * shape.width + c}_${part}, shared_k)`).join(", ");
  const add = (key: number, part: number) =>
    each(shape.vectors, (n) => `logit_${n}_${key} += ${typeOf(shape, "f32")}(${dots(n, part)});`).join("\n");
  const loop = emitLoop(shape, "k", shape.head.held, {
    before: rowsAndParts(shape, (r, part) => `let q_${r}_${part} = ${vector(shape, "rows_of_q", r, part)};`),
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
  const { group, rows } = shape;
  const logit = (key: number, r: number) => partOf(shape, "logit", r, key);
  const pairs = each(group, (key) => each(rows, (r) => logit(key, r)).join(", "));
  return `
var logits = array<f32, ${group * rows}>(${pairs.join(", ")});
for (var r = 0u; r < times(${rows}u); r++) {
${block(emitRowInHand(plan, shape))}
  for (var key = 0u; key < times(${group}u); key++) {
    let element = i32(first + key);
${block(coordinates(plan, "k", "element"), 2)}
    logits[key * ${rows}u + r] = score(logits[key * ${rows}u + r], ${pairArguments(plan)});
  }
}
${each(group, (key) => each(rows, (r) => `${logit(key, r)} = logits[${key * rows + r}];`).join(" ")).join("\n")}
`;
}

const forAll = (shape: Shape, text: (n: number, key: number) => string) =>
  each(shape.group, (key) => each(shape.vectors, (n) => text(n, key)).join(" "));

/** Which pairs attend, before anything is computed of them: a group that no row sees is left out. */
function emitMask(plan: AttentionPlan, shape: Shape): string {
  const { rows, vectors, width, group } = shape;
  const type = typeOf(shape, "u32");
  const own = (n: number) => each(width, (c) => `${n * width + c}u`).join(", ");
  const put = (n: number) =>
    `seen_${n} |= ${rows === 1 ? "seen_by_row" : `select(${type}(0u), ${type}(seen_by_row), ${type}(r) == ${type}(${own(n)}))`};`;
  const lines = [...emitRowInHand(plan, shape), emitSeen(plan, "first", group), ...each(vectors, put)];
  const loop =
    rows === 1 ? `{\n${block(lines)}\n}` : `for (var r = 0u; r < times(${rows}u); r++) {\n${block(lines)}\n}`;
  return `// Bit key of a row: the pair attends; in a full box all do.
${each(vectors, (n) => `var seen_${n} = ${type}(${2 ** group - 1}u);`).join("\n")}
if (!is_full) {
${block([...each(vectors, (n) => `seen_${n} = ${type}(0u);`), ...emitColumns(plan, "first", group), loop])}
  if (!subgroupAny((${each(rows, (r) => partOf(shape, "seen", r)).join(" | ")}) != 0u)) {
    continue;
  }
}
${each(vectors, (n) => `attended_${n} |= seen_${n};`).join("\n")}`;
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
  const sum = (r: number, part: number) => `sum_${r}_${part}`;
  return emitLoop(shape, "v", shape.value.held, {
    before: rowsAndParts(
      shape,
      (r, part) => `var ${sum(r, part)} = ${partOf(shape, "keep", r)} * ${vector(shape, "acc", r, part)};`,
    ),
    key: (key, part) =>
      each(shape.rows, (r) => `${sum(r, part)} += ${partOf(shape, "weight", r, key)} * shared_v;`).join("\n"),
    after: rowsAndParts(shape, (r, part) => `${vector(shape, "acc", r, part)} = ${sum(r, part)};`),
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
