/** What limits the bytes of a binding, and how to say so. */

/** Bytes of a binding at most, and what sets them: the device, the caller of `bind`, or indices of 32 bits. */
export interface BindingLimit {
  readonly bytes: number;
  readonly by: "maxStorageBufferBindingSize" | "maxBindingSize" | "indices";
}
const LIMITS = {
  maxStorageBufferBindingSize: "maxStorageBufferBindingSize of the device",
  maxBindingSize: "maxBindingSize, as given to bind",
  indices: "whose elements a kernel counts in 32 bits",
};
export const held = ({ bytes, by }: BindingLimit) => `a binding holds at most ${bytes} (${LIMITS[by]})`;

/** How to have bindings of that many bytes, and what else helps. */
export const enlarge = ({ by }: BindingLimit, bytes: number, ...others: readonly string[]): string => {
  const ways = {
    maxStorageBufferBindingSize: [
      `ask for more in requestDevice({ requiredLimits: { maxStorageBufferBindingSize: ${bytes} } })`,
    ],
    maxBindingSize: [`give bind no maxBindingSize, or one of ${bytes} or more`],
    indices: [],
  };
  return [...ways[by], ...others].join(", or ");
};

/** The least of what limits a binding. Elements within it are counted in 32 bits, and their first half marks what is outside. */
export function leastLimit(
  { maxStorageBufferBindingSize }: GPUSupportedLimits,
  maxBindingSize = Number.POSITIVE_INFINITY,
  bytesOfElement = 4,
): BindingLimit {
  const all: readonly BindingLimit[] = [
    { bytes: maxStorageBufferBindingSize, by: "maxStorageBufferBindingSize" },
    { bytes: maxBindingSize, by: "maxBindingSize" },
    { bytes: bytesOfElement * (2 ** 31 - 1), by: "indices" },
  ];
  return all.reduce((lowest, each) => (each.bytes < lowest.bytes ? each : lowest));
}
