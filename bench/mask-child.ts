/** A process of its own that gives the peer a dense mask of a grid: prints what comes of it as JSON. `node mask-child.js <t> <y> <x>`. */
import { DIM, type Grid, HEADS, tokensOf } from "./cases.js";
import { randomInputs } from "./exact.js";
import { openPeer } from "./peer.js";

const grid = process.argv.slice(2, 5).map(Number) as unknown as Grid;
const tokens = tokensOf(grid);

async function outcome(): Promise<{ readonly error?: string; readonly milliseconds?: number }> {
  const peer = await openPeer();
  if ("absent" in peer) return { error: peer.absent };
  try {
    // Its values do not matter here: it hides nothing.
    const run = await peer.open(tokens, HEADS, DIM, {
      ...randomInputs(tokens),
      mask: new Float32Array(tokens * tokens),
    });
    const start = performance.now();
    await run.run();
    return { milliseconds: performance.now() - start };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const result = JSON.stringify(await outcome());
process.stdout.write(`${result}\n`, () => process.exit(0));
