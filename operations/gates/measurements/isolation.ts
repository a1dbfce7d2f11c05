import { verify } from "../../verify/verify.ts";
import { endOf } from "../../verify/report.ts";
import { KINDS, type Party } from "../../verify/party.ts";
import type { Gate } from "../gate.ts";
import type { Measurement } from "../measurement.ts";

const GATE: Gate = {
  id: "isolation.attacked",
  phase: "3 production",
  name: "Isolation under attack",
  question: "How many attempts to reach another tenant with one tenant's credentials succeed?",
  unit: "successful attempts",
  threshold: 0,
  good: "below",
  cannotTell:
    "whether Fly separates private networks of different names, and what Tigris and Turso do. `npx tenantry verify -s <stack>` tests it on real accounts.",
};

/** Each attacks each: three make six pairs, two make two. */
const [TENANTS, QUICK_TENANTS] = [3, 2];

/** `tenantry verify` on throw-away tenants. */
export const isolationMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, { quick, tell, signal }) {
    const tenants = quick ? QUICK_TENANTS : TENANTS;
    const parties: Party[] = [];
    for (let count = 0; count < tenants; count += 1) parties.push(await scratch.party());
    const { tigris, turso, fly } = scratch.accounts;
    const found = await verify({
      parties,
      places: {
        s3: tigris,
        iam: tigris.iamEndpoint,
        turso: `${turso.endpoint}/v1/organizations/${turso.organization}`,
        fly: fly.endpoint,
        flyOrganization: fly.organization,
        ...(scratch.admin === undefined ? {} : { admin: scratch.admin }),
      },
      sender: scratch.sender,
      seed: "gates",
      now: () => new Date(),
      signal,
      tell,
      bucketNameOf: (tenant) => `${parties[0]?.tenant ?? "gate"}-${tenant}`.slice(0, 63),
    });
    const how = `${found.attempts} attempts between ${tenants} tenants`;
    const odd = found.rows.filter((row) => endOf(row) !== "as expected");
    const detail = {
      head: ["who", "what", "seen"],
      rows: odd.map((row) => [KINDS[row.who], row.what, endOf(row)]),
    };
    const more = odd.length === 0 ? {} : { detail };
    return {
      [GATE.id]:
        found.through === 0 && found.unclear > 0
          ? { why: `${found.unclear} attempts are unclear`, samples: [], how, ...more }
          : { value: found.through, samples: [], how, ...more },
    };
  },
};
