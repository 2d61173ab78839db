/** What the compiler must know of a target: how many queries and keys one tile holds. */

export interface Target {
  readonly name: string;
  /** Product of the extents of a query tile. */
  readonly queriesPerTile: number;
  /** Product of the extents of a key tile. */
  readonly keysPerTile: number;
}
