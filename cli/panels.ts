/** Grids as panels on a page of characters: the last two axes as rows and columns, the ones before side by side and in blocks. */

const MOST_COLUMNS = 100;
const GAP = "   ";

/** Lines of one visible width; they may hold codes that do not show. */
export interface Panel {
  readonly width: number;
  readonly lines: readonly string[];
}

/** Rows under a title; `width` is what the rows show. */
export function panelOf(title: string | undefined, rows: readonly string[], width: number): Panel {
  if (title === undefined) return { width, lines: rows };
  const whole = Math.max(width, title.length);
  const room = " ".repeat(whole - width);
  return { width: whole, lines: [title.padEnd(whole), ...rows.map((row) => row + room)] };
}

/** Panels side by side, in as many bands as the width needs. */
export function beside(panels: readonly Panel[]): string[] {
  const bands: Panel[][] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const each of panels) {
    width += GAP.length + each.width;
    if (width > MOST_COLUMNS) {
      bands.push([]);
      width = each.width;
    }
    bands.at(-1)?.push(each);
  }
  return bands.flatMap((band, i) => {
    const lines = (band[0]?.lines ?? []).map((_, row) =>
      band
        .map(({ lines }) => lines[row])
        .join(GAP)
        .trimEnd(),
    );
    return i === 0 ? lines : ["", ...lines];
  });
}

/** How the panels are to be read. */
export function readingOf(axes: readonly string[]): string {
  const [x, y, t, outer] = [...axes].reverse();
  const parts = [
    ...(outer === undefined ? [] : [`one block for each ${outer}`]),
    ...(t === undefined ? [] : [`one panel for each ${t}`]),
    ...(y === undefined ? [] : [`${y} runs down`]),
    `${x} runs to the right`,
  ];
  return parts.join(", ");
}

/** Columns that line up. */
export function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `${first.padEnd(width)}  ${second}`);
}

export const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "" : `  ${line}`));

/** A heading with its lines, and an empty line before it. */
export const section = (title: string, lines: readonly string[]): string[] => ["", title, ...indented(lines)];
