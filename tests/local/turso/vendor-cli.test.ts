import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startTurso, type TursoCloud } from "./turso-cloud.ts";

// What turso-cli e149f69 (v1.0.9 and later) asks that no document has; it was built and run against the embedded cloud on
// 2026-11-27.

let local: TursoCloud;
beforeAll(async () => {
  local = await startTurso();
});
afterAll(() => local.cloud.dispose());

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const { endpoint, token } = local.cloud.descriptor.turso;
  const response = await fetch(`${endpoint}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
}

describe("the Platform API, as the vendor's command line asks it", () => {
  it("lists the organisation for turso org list, and who asks for turso auth whoami", async () => {
    const { organization: slug } = local.cloud.descriptor.turso;
    expect(await get("/v2/organizations")).toMatchObject({ status: 200, body: { organizations: [{ slug }] } });
    expect(await get("/v1/current-user")).toEqual({
      status: 200,
      body: { user: { username: slug, plan: "embedded" } },
    });
  });

  it("serves the user's own organisation where none is named", async () => {
    const group = { name: "own", location: "aws-us-east-1" };
    await local.ask("POST", "/groups", group);
    const { organization } = local.cloud.descriptor.turso;
    for (const what of ["groups", "databases", "usage", "subscription"]) {
      const named = await get(`/v1/organizations/${organization}/${what}`);
      expect(named.status).toBe(200);
      expect(await get(`/v1/${what}`)).toEqual(named);
    }
    expect((await get("/v1/nothing")).status).toBe(404);
    expect((await get("/v1/organizations/somebody-else/databases")).status).toBe(404);
  });

  it("names plans and locations for turso plan show and turso db locations", async () => {
    expect(await get("/v1/plans")).toMatchObject({ status: 200, body: { plans: [{ name: "embedded" }] } });
    const { body } = await get("/v2/locations");
    expect(body).toMatchObject({ locations: { aws: { "aws-eu-west-1": expect.any(String) as unknown } } });
    expect(await get("/v1/locations/aws-eu-west-1")).toMatchObject({ body: { location: { code: "aws-eu-west-1" } } });
    expect((await get("/v1/locations/mars")).status).toBe(404);
  });
});
