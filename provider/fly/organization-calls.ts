import * as z from "zod";

import type { Serving } from "../http/serving.ts";
import type { FlyApi } from "./api.ts";
import { type FlyApp, appsAnswer } from "./app-calls.ts";

/** A machine in the list of an organisation. */
export interface ListedMachine {
  readonly id: string;
  readonly app: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A volume in the list of an organisation. */
export interface ListedVolume {
  readonly id: string;
  readonly app: string;
  readonly name: string;
}

/** Regions of an organisation that could not be listed, because their hosts did not answer. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly silentRegions: readonly string[];
}

/** Everything that an organisation has, in a few calls whatever the number of apps. */
export interface OrganizationCalls {
  /** Slugs of the organisations that the token reaches, sorted. Source: CurrentToken_show. */
  organizationsOfToken(serving: Serving): Promise<readonly string[]>;
  appsOf(organization: string, serving: Serving): Promise<FlyApp[]>;
  /** Machines that are not destroyed. Source: Machines_org_list. */
  machinesOf(organization: string, serving: Serving): Promise<Listed<ListedMachine>>;
  /** Volumes that are not destroyed. Source: Volumes_org_list. */
  volumesOf(organization: string, serving: Serving): Promise<Listed<ListedVolume>>;
}

const page = {
  next_cursor: z.string().nullish(),
  error_regions: z.array(z.string()).nullish(),
};
const machinesAnswer = z.object({
  ...page,
  machines: z
    .array(
      z.object({
        id: z.string(),
        app_name: z.string(),
        state: z.string(),
        config: z.object({ metadata: z.record(z.string(), z.string()).nullish() }).nullish(),
      }),
    )
    .nullish(),
});
const volumesAnswer = z.object({
  ...page,
  volumes: z.array(z.object({ id: z.string(), app_name: z.string(), name: z.string(), state: z.string() })).nullish(),
});

const tokenAnswer = z.object({ tokens: z.array(z.object({ org_slug: z.string() })) });

const GONE = /destroy/;

/** The calls for organisations over HTTP. */
export function organizationCalls(api: FlyApi): OrganizationCalls {
  const call = (what: string, path: string, serving: Serving) =>
    ({ operation: `GET ${what}`, method: "GET", path, resource: "organisation", ...serving }) as const;
  /** All pages of one list. */
  const all = async <
    Answer extends { next_cursor?: string | null | undefined; error_regions?: string[] | null | undefined },
    Item,
  >(
    what: "machines" | "volumes",
    organization: string,
    serving: Serving,
    schema: z.ZodType<Answer>,
    itemsOf: (answer: Answer) => Item[],
  ): Promise<Listed<Item>> => {
    const items: Item[] = [];
    const silent = new Set<string>();
    for (let cursor = ""; ;) {
      const query = cursor === "" ? "" : `?${new URLSearchParams({ cursor }).toString()}`;
      const path = `/v1/orgs/${encodeURIComponent(organization)}/${what}${query}`;
      const answer = await api.ask(call(`/v1/orgs/{org}/${what}`, path, serving), schema);
      items.push(...itemsOf(answer));
      for (const region of answer.error_regions ?? []) silent.add(region);
      const next = answer.next_cursor ?? "";
      if (next === "" || next === cursor) return { items, silentRegions: [...silent].sort() };
      cursor = next;
    }
  };
  return {
    async organizationsOfToken(serving) {
      const { tokens } = await api.ask(call("/v1/tokens/current", "/v1/tokens/current", serving), tokenAnswer);
      return [...new Set(tokens.map((token) => token.org_slug))].sort();
    },
    async appsOf(organization, serving) {
      const path = `/v1/apps?${new URLSearchParams({ org_slug: organization }).toString()}`;
      return (await api.ask(call("/v1/apps", path, serving), appsAnswer(organization))).apps;
    },
    machinesOf: (organization, serving) =>
      all("machines", organization, serving, machinesAnswer, ({ machines }) =>
        (machines ?? [])
          .filter(({ state }) => !GONE.test(state))
          .map(({ id, app_name: app, config }) => ({ id, app, metadata: config?.metadata ?? {} })),
      ),
    volumesOf: (organization, serving) =>
      all("volumes", organization, serving, volumesAnswer, ({ volumes }) =>
        (volumes ?? [])
          .filter(({ state }) => !GONE.test(state))
          .map(({ id, app_name: app, name }) => ({ id, app, name })),
      ),
  };
}
