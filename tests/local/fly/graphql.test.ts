import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, startFly } from "./fly-cloud.ts";

// What flyctl ad0172f (with fly-go 22d6e51) sends for its reading verbs, word for word; the two were built and run against
// the embedded cloud on 2026-11-27.
const APPS = `query($org: ID, $after: String) { apps(type: "container", first: 200, after: $after, organizationId: $org)
  { pageInfo { hasNextPage endCursor } nodes { id name deployed hostname platformVersion network
    organization { slug name } currentRelease { createdAt status } status } } }`;
const COMPACT = `query ($appName: String!) { appcompact:app(name: $appName) { id internalNumericId name hostname cnameTarget
  deployed network status appUrl platformVersion organization { id internalNumericId slug paidPlan }
  postgresAppRole: role { name } } }`;
const ADDRESSES = `query ($appName: String!) { app(name: $appName) { ipAddresses { nodes { id address type region createdAt
  network { name organization { slug } } serviceName } } sharedIpAddress } }`;
const EGRESS = `query ($appName: String!) { app(name: $appName) { egressIpAddresses { nodes { id ip version region updatedAt } } } }`;
const RELEASES = `query($appName: String!, $limit: Int!) { app(name: $appName) { releases: releasesUnprocessed(first: $limit)
  { nodes { id version description reason status imageRef stable user { id email name } createdAt } } } }`;
const ORGANIZATIONS = `query($admin: Boolean!) { organizations(admin: $admin) { nodes { id slug rawSlug name type paidPlan
  billable viewerRole internalNumericId } } }`;
const VIEWER = `query { viewer { ... on User { id email enablePaidHobby } ... on Macaroon { email } } }`;
const IMAGE = `query($image: String!, $flyVersion: String) { latestImageDetails(image: $image, flyVersion: $flyVersion)
  { registry repository tag version digest } }`;

interface Outcome {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

let fly: FlyCloud;
beforeAll(async () => {
  fly = await startFly();
  await fly.createApp("one");
  await fly.createApp("two", { network: "two" });
  await fly.createMachine("one");
  for (const type of ["shared_v4", "v6", "private_v6"]) await fly.ask("POST", "/apps/one/ip_assignments", { type });
  await fly.ask("POST", "/apps/one/secrets/TOKEN", { value: "hush-hush" });
  await fly.ask("POST", "/_embedded/egress-addresses/one");
});
afterAll(() => fly.dispose());

async function query(text: string, variables: object = {}, token = fly.token): Promise<Outcome> {
  const response = await fetch(`${fly.endpoint}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: text, variables }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Outcome;
}

describe("Fly's GraphQL, as flyctl asks it", () => {
  it("answers fly apps list", async () => {
    const organization = { slug: fly.organization, name: "Tenantry Local" };
    expect(await query(APPS, { org: null, after: "" })).toEqual({
      data: {
        apps: {
          pageInfo: { hasNextPage: false, endCursor: null },
          nodes: [
            expect.objectContaining({ id: "one", name: "one", network: "default", status: "deployed", organization }),
            expect.objectContaining({ id: "two", name: "two", network: "two", status: "pending", deployed: false }),
          ],
        },
      },
    });
  });

  it("answers fly status, which asks for newer images too", async () => {
    expect((await query(COMPACT, { appName: "one" })).data).toMatchObject({
      appcompact: { name: "one", hostname: "one.fly.dev", platformVersion: "machines", postgresAppRole: null },
    });
    expect((await query(IMAGE, { image: "app:1", flyVersion: "" })).errors?.[0]?.message).toContain(
      "Unknown repository",
    );
  });

  it("answers fly ips list: who comes in by them apart from who goes out", async () => {
    const { data } = await query(ADDRESSES, { appName: "one" });
    expect(data).toMatchObject({
      app: {
        ipAddresses: {
          nodes: expect.arrayContaining([
            expect.objectContaining({ type: "v6", network: null }),
            expect.objectContaining({
              type: "private_v6",
              network: { name: "", organization: { slug: fly.organization } },
            }),
          ]) as unknown,
        },
        sharedIpAddress: "198.18.0.1",
      },
    });
    expect((await query(EGRESS, { appName: "one" })).data).toMatchObject({
      app: { egressIpAddresses: { nodes: [{ version: 4 }, { version: 6 }] } },
    });
  });

  it("answers fly orgs list, fly auth whoami and fly releases", async () => {
    expect((await query(ORGANIZATIONS, { admin: false })).data).toMatchObject({
      organizations: { nodes: [{ slug: fly.organization, viewerRole: "admin" }] },
    });
    expect((await query(VIEWER)).data).toEqual({ viewer: { email: null } });
    expect((await query(RELEASES, { appName: "one", limit: 25 })).data).toEqual({ app: { releases: { nodes: [] } } });
  });

  it("never tells a secret, only its name and digest", async () => {
    const { data } = await query(`{ app(name: "one") { secrets { name digest } } }`);
    expect(data).toMatchObject({ app: { secrets: [{ name: "TOKEN" }] } });
    expect(JSON.stringify(data)).not.toContain("hush");
    expect((await query(`{ app(name: "one") { secrets { sealed } } }`)).errors?.[0]?.message).toContain(
      "Cannot query field",
    );
  });

  it("shows a deploy token only its own app, and a caller without a token nothing", async () => {
    const { token } = (await fly.ask<{ token: string }>("POST", "/apps/one/deploy_token", { expiry: "1h" })).body;
    const { data } = await query(APPS, {}, token);
    expect((data?.["apps"] as { nodes: object[] }).nodes).toMatchObject([{ name: "one" }]);
    expect((await query(COMPACT, { appName: "two" }, token)).errors).toMatchObject([
      { extensions: { code: "NOT_FOUND" } },
    ]);
    const anonymous = await fetch(`${fly.endpoint}/graphql`, { method: "POST", body: JSON.stringify({ query: APPS }) });
    expect(anonymous.status).toBe(401);
  });

  it("says that it does not know an app, and that it changes nothing", async () => {
    expect(await query(COMPACT, { appName: "none" })).toMatchObject({
      data: { appcompact: null },
      errors: [{ message: "Could not find App", extensions: { code: "NOT_FOUND" } }],
    });
    const change = await query(`mutation { deleteApp(appId: "one") { clientMutationId } }`);
    expect(change.errors?.[0]?.message).toContain("mutation");
    expect((await fly.ask("GET", "/apps/one")).status).toBe(200);
  });
});
