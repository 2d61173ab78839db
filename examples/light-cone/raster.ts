/** SVG -> PNG with the DejaVu fonts of their package, so that the picture is the same on every machine. */
import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";

const require = createRequire(import.meta.url);
const fonts = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) => require.resolve(`dejavu-fonts-ttf/ttf/${file}`));

export function rasterise(svg: string): Uint8Array {
  const font = { fontFiles: fonts, loadSystemFonts: false, defaultFontFamily: "DejaVu Sans" };
  return new Resvg(svg, { font }).render().asPng();
}
