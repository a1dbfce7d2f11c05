import { html } from "hono/html";

import { counted } from "../../output/counted.ts";
import type { Html } from "../../output/html-text.ts";
import type { FleetReport } from "./fleet-report.ts";
import { shortImage } from "./tenant-view.ts";
import { versionMatrix } from "./version-matrix.ts";

/** Which images and schemas run side by side, with the tenants behind each count; left out where nothing runs. */
export function versionsSection({ rows }: FleetReport): Html {
  const { images, schemas, cells, without } = versionMatrix(rows);
  if (images.length === 0) return html``;
  const cellOf = (image: string, schema: string) =>
    cells.find((each) => each.image === image && each.schema === schema);
  return html`<section>
    <h2 id="versions-title">Versions</h2>
    <div class="frame" role="region" aria-labelledby="versions-title" tabindex="0">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">Image</th>
            ${schemas.map((schema) => html`<th scope="col">${schema}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${images.map(
            (image) =>
              html`<tr>
                <th scope="row">${shortImage(image)}</th>
                ${schemas.map((schema) => behind(cellOf(image, schema)?.tenants ?? []))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${without.length === 0 ? "" : html`<p class="muted">${counted(without.length, "tenant")} without a machine: ${without.join(", ")}</p>`}
  </section>`;
}

function behind(tenants: readonly string[]): Html {
  if (tenants.length === 0) return html`<td><span class="absent">none</span></td>`;
  return html`<td>
    <details>
      <summary>${counted(tenants.length, "tenant")}</summary>
      <p class="names">${tenants.join(", ")}</p>
    </details>
  </td>`;
}
