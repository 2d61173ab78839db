/** The few SVG elements that a picture is made of, as text; equal pictures are equal bytes. Runs in pages too. */

export type Attributes = { readonly [name: string]: string | number };

export const escapeText = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

const rounded = (value: string | number) => (typeof value === "number" ? String(Math.round(value * 100) / 100) : value);

export function element(name: string, attributes: Attributes, content = ""): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${rounded(value)}"`);
  return content === "" ? `<${name}${list.join("")}/>` : `<${name}${list.join("")}>${content}</${name}>`;
}

export const rectangle = (x: number, y: number, width: number, height: number, attributes: Attributes): string =>
  element("rect", { x, y, width, height, ...attributes });

export interface TextStyle {
  readonly size?: number;
  readonly color: string;
  readonly bold?: boolean;
  readonly anchor?: "middle" | "end";
}

/** One line of text; `y` is its baseline. */
export const label = (x: number, y: number, text: string, { size = 13, color, bold, anchor }: TextStyle): string =>
  element(
    "text",
    {
      x,
      y,
      "font-size": size,
      fill: color,
      ...(bold ? { "font-weight": "bold" } : {}),
      ...(anchor ? { "text-anchor": anchor } : {}),
    },
    escapeText(text),
  );

/** About how wide a text is: the font is whatever the reader has. */
export const widthOf = (text: string, size = 13): number => text.length * size * 0.52;

/** Words in lines of at most this width. */
export function wrapped(text: string, width: number, size = 13): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const at = (value: number) => rounded(value);

/** Rectangles as one path, each smaller by `inset` on every side. */
export const outline = (spots: readonly Spot[], inset = 0): string =>
  spots
    .map(({ x, y, width, height }) => {
      const [w, h] = [width - 2 * inset, height - 2 * inset];
      return `M${at(x + inset)} ${at(y + inset)}h${at(w)}v${at(h)}h${at(-w)}z`;
    })
    .join("");

export const drawing = (width: number, height: number, title: string, parts: readonly string[]): string =>
  `${element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`,
      "font-family": "system-ui, Helvetica, Arial, sans-serif",
      role: "img",
    },
    `\n${[element("title", {}, escapeText(title)), ...parts].join("\n")}\n`,
  )}\n`;
