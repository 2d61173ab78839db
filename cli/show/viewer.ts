/** The script of a page that `mscc show` writes: sliders, and the picture for their values. The build bundles it into one file. */
import { numberText } from "../number-text.js";
import { drawerOf, type PageData } from "./page-data.js";
import { settled } from "./sliders.js";

/** The few things of a browser that are used; the project has no types of browsers. */
interface PageElement {
  value: string;
  innerHTML: string;
  textContent: string | null;
  readonly addEventListener: (event: "input", listener: () => void) => void;
}
interface Page {
  readonly document: { readonly getElementById: (id: string) => PageElement | null };
  readonly requestAnimationFrame: (work: () => void) => void;
}

const page = globalThis as unknown as Page;

function find(id: string): PageElement {
  const found = page.document.getElementById(id);
  if (!found) throw new Error(`this page has no element '${id}'`);
  return found;
}

const data = JSON.parse(find("data").textContent ?? "") as PageData;
const draw = drawerOf(data);
const inputs = data.sliders.map((_, i) => ({ slider: find(`slider-${i}`), output: find(`value-${i}`) }));

function redraw(): void {
  const values = data.sliders.map((slider, i) => settled(slider, Number(inputs[i]?.slider.value)));
  for (const [i, value] of values.entries()) find(`value-${i}`).textContent = numberText(value);
  const drawn = draw(values);
  // One problem often has many others in its train.
  find("refused").textContent = drawn.kind === "refused" ? `A launch would be refused: ${drawn.problems[0]}.` : "";
  find("picture").innerHTML = drawn.kind === "picture" ? drawn.svg : "";
}

let isWaiting = false;
for (const { slider } of inputs) {
  slider.addEventListener("input", () => {
    if (isWaiting) return;
    isWaiting = true;
    page.requestAnimationFrame(() => {
      isWaiting = false;
      redraw();
    });
  });
}
// A browser may have kept the sliders of an earlier visit.
redraw();
