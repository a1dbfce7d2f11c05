import { html } from "hono/html";

import { minute } from "./dates.ts";
import { isKept } from "./fleet-report.ts";
import type { Gate, Gates } from "./input-file.ts";
import type { Html } from "../../output/html-text.ts";

/** What was measured against a threshold: value, verdict and a bar each. */
export function gatesSection(found: Gates): Html {
  return html`<section aria-labelledby="gates-title">
    <h2 id="gates-title">Gates</h2>
    <p class="muted">Measured ${minute(Date.parse(found.measuredAt))} UTC.</p>
    <ul class="gates">
      ${found.gates.map(gate)}
    </ul>
  </section>`;
}

function gate(one: Gate): Html {
  const kept = isKept(one);
  const verdict = kept === undefined ? ["", "not measured"] : kept ? ["ok", "kept"] : ["bad", "missed"];
  const wanted = `${one.good === "below" ? "at most" : "at least"} ${one.threshold} ${one.unit}`;
  const value = one.value === null ? "" : `${one.value} ${one.unit}, `;
  return html`<li class="gate ${kept === false ? "missed" : ""}">
    <h3>${one.name}</h3>
    <span class="badge ${verdict[0]}">${verdict[1]}</span> ${value}wanted ${wanted}
    ${one.value === null ? "" : chart(one, one.value)}
    <p class="sub">${one.conditions}</p>
  </li>`;
}

/** The value as a bar, the threshold as a line across it, single measurements as dots below. */
function chart({ name, threshold, samples }: Gate, value: number): Html {
  const most = Math.max(value, threshold, ...samples, Number.MIN_VALUE) * 1.15;
  const x = (figure: number) => ((Math.max(0, figure) / most) * 300).toFixed(1);
  const dots = samples.map((sample) => html`<circle class="sample" cx="${x(sample)}" cy="29" r="3"></circle>`);
  return html`<svg viewBox="0 0 300 34" preserveAspectRatio="none" role="img" aria-label="${name}: value and threshold">
    <rect class="track" width="300" height="16" y="4" rx="3"></rect>
    <rect class="bar" width="${x(value)}" height="16" y="4" rx="3"></rect>
    <line class="limit" x1="${x(threshold)}" x2="${x(threshold)}" y1="0" y2="24"></line>
    ${dots}
  </svg>`;
}
