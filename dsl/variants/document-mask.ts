/** Documents packed into one sequence. */
import { attention, table } from "mscc";

/** A token sees itself and the earlier tokens of its own document. */
export const documentMask = attention({
  axes: ["i"],
  tables: { document: table.int("i", { sorted: true, min: 0 }) },
  attend: ({ q, k, document }) => k.i <= q.i && document(q.i) === document(k.i),
});
