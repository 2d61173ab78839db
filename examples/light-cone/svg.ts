/** The few SVG elements that the picture is made of, as text. */

export type Attributes = { readonly [name: string]: string | number };

const escapeText = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const rounded = (value: string | number) => (typeof value === "number" ? String(Math.round(value * 100) / 100) : value);

export function element(name: string, attributes: Attributes, content = ""): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${rounded(value)}"`);
  return content === "" ? `<${name}${list.join("")}/>` : `<${name}${list.join("")}>${content}</${name}>`;
}

export const rectangle = (x: number, y: number, width: number, height: number, attributes: Attributes) =>
  element("rect", { x, y, width, height, ...attributes });

export interface TextStyle {
  readonly size: number;
  readonly color: string;
  readonly bold?: boolean;
  readonly anchor?: "start" | "middle" | "end";
}

/** One line of text; `y` is its baseline. */
export const label = (x: number, y: number, text: string, { size, color, bold = false, anchor = "start" }: TextStyle) =>
  element(
    "text",
    { x, y, "font-size": size, fill: color, "text-anchor": anchor, "font-weight": bold ? "bold" : "normal" },
    escapeText(text),
  );

/** A PNG that fills a rectangle without smoothing, so that its pixels stay squares. */
export const pixels = (x: number, y: number, width: number, height: number, png: Uint8Array) =>
  element("image", {
    x,
    y,
    width,
    height,
    "image-rendering": "optimizeSpeed",
    href: `data:image/png;base64,${Buffer.from(png).toString("base64")}`,
  });

export const drawing = (width: number, height: number, background: string, parts: readonly string[]) =>
  element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": "DejaVu Sans",
    },
    [rectangle(0, 0, width, height, { fill: background }), ...parts].join("\n"),
  );
