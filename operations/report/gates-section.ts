import { html } from "hono/html";

import { barPlot } from "../../output/bar-plot.ts";
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
    ${one.value === null ? "" : barPlot({ ...one, value: one.value, limit: one.threshold })}
    <p class="sub">${one.conditions}</p>
  </li>`;
}
