/** JSON for readers: what fits on a line stays on one line. Keys keep their order, so equal data gives equal bytes. */

const WIDTH = 120;

/** The text of plain data, starting at `indent`; `room` is what is left of its first line. */
function write(value: unknown, indent: string, room: number): string {
  const flat = oneLine(value);
  if (flat.length <= room || typeof value !== "object" || value === null) return flat;
  const inner = `${indent}  `;
  const entries = Array.isArray(value)
    ? value.map((each) => ["", each] as const)
    : Object.entries(value).flatMap(([key, each]) =>
        each === undefined ? [] : [[`${JSON.stringify(key)}: `, each] as const],
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const lines = entries.map(([key, each]) => inner + key + write(each, inner, WIDTH - inner.length - key.length - 1));
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([key, each]) => `${JSON.stringify(key)}: ${oneLine(each)}`).join(", ")} }`;
}

export const formatJson = (value: unknown): string => write(value, "", WIDTH);
