import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { httpErrors } from "../../../provider/http/errors.ts";
import { tursoLocations } from "../../../provider/turso/locations.ts";
import { TURSO_LOCATIONS } from "../../../tenants/regions.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";

let cloud: TestCloud;
let silent: Server;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["turso"] });
  silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
});
afterAll(async () => {
  silent.closeAllConnections();
  silent.close();
  await cloud.dispose();
});

describe("Turso's locations", () => {
  it("are listed by the vendor's own client", async () => {
    const locations = await tursoLocations(cloud.descriptor.turso);
    expect(locations).toContainEqual({ code: "aws-us-east-1", description: expect.stringContaining("Virginia") });
  });

  it("are all that a tenant file can name", async () => {
    const locations = await tursoLocations(cloud.descriptor.turso);
    expect(locations.map(({ code }) => code).sort()).toEqual([...TURSO_LOCATIONS].sort());
  });

  it("tell a refused token apart from an account that is away", async () => {
    const account = cloud.descriptor.turso;
    await expect(tursoLocations({ ...account, token: "stale" })).rejects.toMatchObject({
      kind: httpErrors.VENDOR_UNAUTHORIZED,
    });
    await expect(tursoLocations({ ...account, endpoint: "http://127.0.0.1:1" })).rejects.toMatchObject({
      kind: httpErrors.VENDOR_UNREACHABLE,
    });
  });

  it("are waited for only so long, although the vendor's client has no time-out", async () => {
    const { port } = silent.address() as AddressInfo;
    const account = { ...cloud.descriptor.turso, endpoint: `http://127.0.0.1:${port}` };
    await expect(tursoLocations(account, 50)).rejects.toMatchObject({ kind: httpErrors.VENDOR_UNREACHABLE });
  });
});
