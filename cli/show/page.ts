/** A picture as one HTML file with sliders: no request leaves it, and its pictures come from the plan that it carries. */
import { numberText } from "../number-text.js";
import { viewerText } from "../tool.js";
import { pageDataOf } from "./page-data.js";
import { pictureOf } from "./picture.js";
import type { ShowRequest } from "./request.js";
import type { Slider } from "./sliders.js";
import { escapeText } from "./svg.js";
import type { Shown } from "./words.js";

const STYLE = `
:root { color-scheme: light; }
body { margin: 0; padding: 16px; background: #f1f3f5; color: #1b1f24; font: 14px system-ui, Helvetica, Arial, sans-serif; }
form { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 0 0 12px; max-width: 1108px; }
label { display: flex; align-items: center; gap: 8px; }
label b { min-width: 3ch; text-align: right; font-weight: normal; color: #59626d; }
input { width: 180px; accent-color: #0072b2; }
output { min-width: 4ch; font-variant-numeric: tabular-nums; }
#picture { overflow-x: auto; }
#picture svg { display: block; background: #ffffff; border-radius: 6px; }
#refused { color: #a33b00; max-width: 1108px; }
`;

const WORDS = { query: "query ", param: "", head: "" } as const;

function sliderOf({ kind, name, min, max, whole, value }: Slider, i: number): string {
  const range = `min="${min}" max="${max}" step="${whole ? 1 : "any"}" value="${value}"`;
  const words = `${WORDS[kind]}${escapeText(name)}`;
  return `<label><b>${words}</b><input type="range" id="slider-${i}" ${range}><output id="value-${i}">${numberText(value)}</output></label>`;
}

/** Text that cannot end the element of a script. */
const inScript = (text: string) => text.replace(/<(?=\/script|!--)/gi, "\\x3c");

export function pageOf({ plan, setting, given, checked }: ShowRequest, shown: Shown): string {
  const data = pageDataOf(plan, setting, given, checked);
  const title = escapeText(`${plan.pattern.name}: ${plan.pattern.sentence}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<form autocomplete="off">
${data.sliders.map(sliderOf).join("\n")}
</form>
<p id="refused" role="status"></p>
<div id="picture">
${pictureOf(shown)}</div>
<script type="application/json" id="data">${JSON.stringify(data).replace(/</g, "\\u003c")}</script>
<script>
${inScript(viewerText())}</script>
</body>
</html>
`;
}
