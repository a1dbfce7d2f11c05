import { html } from "hono/html";

import type { Html } from "./html-text.ts";

/** A figure, and what it is held against. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly limit: number | null;
  readonly samples: readonly number[];
}

/** The value as a bar, the limit as a line across it, single figures as dots below; page.css draws it. Pure. */
export function barPlot({ name, value, limit, samples }: Bar): Html {
  const most = Math.max(value, limit ?? 0, ...samples, Number.MIN_VALUE) * 1.15;
  const x = (figure: number) => ((Math.max(0, figure) / most) * 300).toFixed(1);
  const line = limit === null ? "" : html`<line class="limit" x1="${x(limit)}" x2="${x(limit)}" y1="0" y2="24"></line>`;
  const dots = samples.map((sample) => html`<circle class="sample" cx="${x(sample)}" cy="29" r="3"></circle>`);
  return html`<svg viewBox="0 0 300 34" preserveAspectRatio="none" role="img" aria-label="${name}: value and threshold">
    <rect class="track" width="300" height="16" y="4" rx="3"></rect>
    <rect class="bar" width="${x(value)}" height="16" y="4" rx="3"></rect>
    ${line} ${dots}
  </svg>`;
}
