import { createHash } from "node:crypto";

import { html, raw } from "hono/html";

import { type Html, textOf } from "./html-text.ts";

/** What a page is made of. Styles and script are text of ours, letter for letter; all else is escaped by `html`. */
export interface PageParts {
  readonly title: string;
  readonly style: string;
  /** For a browser without scripts. Default: none. */
  readonly styleWithoutScript?: string;
  /** Default: none. */
  readonly script?: string;
  readonly body: Html;
}

/** A self-contained page: its policy allows only its own styles and script, by their hashes. Pure. */
export function htmlPage({ title, style, styleWithoutScript, script, body }: PageParts): string {
  const styles = [style, ...(styleWithoutScript === undefined ? [] : [styleWithoutScript])];
  const policy = [
    "default-src 'none'",
    `style-src ${styles.map(sourceOf).join(" ")}`,
    ...(script === undefined ? [] : [`script-src ${sourceOf(script)}`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${element("style", style)}
        ${styleWithoutScript === undefined ? "" : html`<noscript>${element("style", styleWithoutScript)}</noscript>`}
      </head>
      <body>
        ${body} ${script === undefined ? "" : element("script", script)}
      </body>
    </html>`;
  return `${textOf(page)}\n`;
}

/** Not escaped: the policy knows it by its hash. */
function element(name: "script" | "style", text: string): Html {
  return html`${raw(`<${name}>${text}</${name}>`)}`;
}

function sourceOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
