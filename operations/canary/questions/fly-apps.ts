import { randomBytes } from "node:crypto";

import { at } from "../caller.ts";
import { byStatus, type Question, yesIf } from "../question.ts";
import { until } from "../room.ts";
import { tally } from "../tally.ts";
import { type FlyPlace, REGION } from "./fly-place.ts";

/** Apps, their addresses, secrets and volumes. */
export const flyApps: readonly Question<FlyPlace>[] = [
  {
    id: "fly.app-known",
    asks: "Is a new app known immediately?",
    how: "POST /v1/apps?wait=true, then GET until 200",
    means: {
      yes: "nothing to do",
      no: "it takes the time shown here; tenantry waits for up to a minute",
      other: "look at what Fly answered",
    },
    switch: "fly.appUnknownMs",
    async ask({ app }) {
      const { first, afterMs } = (await app()).byPlatform;
      return yesIf(first.status === 200, `first ${first.said}`, afterMs);
    },
  },
  {
    id: "fly.app-known-to-machines",
    asks: "Does the machine service know a new app immediately?",
    how: "POST /v1/apps?wait=true, then GET …/machines until 200",
    means: {
      yes: "nothing to do",
      no: "it takes the time shown here; tenantry waits for up to a minute",
      other: "look at what Fly answered",
    },
    switch: "fly.appUnknownToFlapsMs",
    async ask({ app }) {
      const { first, afterMs } = (await app()).byMachines;
      return yesIf(first.status === 200, `first ${first.said}`, afterMs);
    },
  },
  {
    id: "fly.apps-with-organization",
    asks: "Does the list of apps show their organisation and network?",
    how: "GET /v1/apps?org_slug=…",
    means: {
      yes: "nothing to do",
      no: "tenantry assumes the organisation of its request, and reads the network of each app",
      other: "the new app is not in the list: an adoption after a lost answer may fail, and the next `up` continues",
    },
    switch: "fly.appListWithoutOrganization",
    async ask({ room, app }) {
      const { name } = await app();
      const query = new URLSearchParams({ org_slug: room.accounts.fly.organization }).toString();
      const { body } = await room.askFly("GET", `/v1/apps?${query}`);
      const apps = at(body, "apps");
      const mine: unknown = Array.isArray(apps) ? apps.find((each) => at(each, "name") === name) : undefined;
      if (mine === undefined) return { reply: "other", said: "the new app is not in the list" };
      const isFull = at(mine, "organization", "slug") !== undefined && at(mine, "network") !== undefined;
      return yesIf(isFull, `fields: ${Object.keys(mine ?? {}).join(", ")}`);
    },
  },
  {
    id: "fly.flycast-without-organization",
    asks: "Does Fly assign a private address without organisation and network?",
    how: "POST …/ip_assignments {type: private_v6}",
    means: {
      yes: "tenantry names both anyway; the answer shows which network can reach it",
      no: "tenantry names both",
      other: "look at what Fly answered",
    },
    switch: "fly.flycastNeedsOrganization",
    async ask({ room, app }) {
      const { name } = await app();
      const heard = await room.askFly("POST", `/v1/apps/${name}/ip_assignments`, { json: { type: "private_v6" } });
      const network = JSON.stringify(at(heard.body, "network") ?? null);
      const said = heard.status < 300 ? `${heard.said}, network ${network}` : heard.said;
      return byStatus({ ...heard, said }, [200, 201], [400, 422]);
    },
  },
  {
    id: "fly.secrets-hidden",
    asks: "Are the values of secrets hidden from the API?",
    how: "POST …/secrets with a random value, then GET …/secrets?show_secrets=true",
    means: {
      yes: "nothing to do",
      no: "a token of the organisation can read every tenant's keys: protect it like the keys themselves",
      other: "look at what Fly answered",
    },
    async ask({ room, app }) {
      const { name } = await app();
      const value = randomBytes(16).toString("hex");
      room.secrets.add(value);
      const set = await room.askFly("POST", `/v1/apps/${name}/secrets`, { json: { values: { CANARY: value } } });
      if (set.status >= 300) return { reply: "other", said: `setting it: ${set.said}` };
      const { body, said } = await room.askFly("GET", `/v1/apps/${name}/secrets?show_secrets=true`);
      const first = at(body, "secrets", 0);
      if (at(first, "name") !== "CANARY") return { reply: "other", said: `${said}, without the secret` };
      return yesIf(!JSON.stringify(body).includes(value), `fields: ${Object.keys(first as object).join(", ")}`);
    },
  },
  {
    id: "fly.mount-as-sent",
    asks: "Does Fly return the mount of a volume unchanged?",
    how: "POST …/volumes, POST …/machines with the mount, GET",
    means: {
      yes: "nothing to do",
      no: "Fly adds fields; tenantry compares only volume and path",
      other: "look at what Fly answered",
    },
    async ask({ room, app, make, machine }) {
      const { name } = await app();
      const json = { name: "canary", region: REGION, size_gb: 1 };
      const made = await room.askFly("POST", `/v1/apps/${name}/volumes`, { json });
      if (made.status >= 300) return { reply: "other", said: made.said };
      const mounts = [{ volume: at(made.body, "id"), path: "/data" }];
      const id = await make("v", { config: { mounts }, skipLaunch: true });
      const { body } = await machine(id).ask("GET");
      const shown = at(body, "config", "mounts", 0);
      if (at(shown, "path") !== "/data") return { reply: "other", said: "no mount in the answer" };
      const fields = Object.keys(shown as object).sort();
      return yesIf(fields.join() === "path,volume", `fields: ${fields.join(", ")}`);
    },
  },
  {
    id: "fly.throttled",
    asks: "Does Fly allow twenty concurrent reads of one app?",
    how: "20 × GET …/volumes at the same time, without waiting for Fly's documented limits",
    means: {
      yes: "Fly allows more than its documents say",
      no: "some get 429; tenantry keeps to the documented limits and retries after a 429",
      other: "look at what Fly answered",
    },
    async ask({ room, app }) {
      const { name } = await app();
      const { endpoint, token } = room.accounts.fly;
      const url = `${endpoint.replace(/\/$/, "")}/v1/apps/${name}/volumes`;
      const read = async () => {
        const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: room.signal });
        await answer.body?.cancel();
        return answer.status;
      };
      const statuses = await Promise.all(Array.from({ length: 20 }, read));
      const said = tally(statuses);
      await until(room, "the end of the 429 answers", async () => ((await read()) === 200 ? true : undefined));
      if (statuses.some((status) => status !== 200 && status !== 429)) return { reply: "other", said };
      return yesIf(!statuses.includes(429), said);
    },
  },
];
