import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { s3Url } from "../../../provider/tigris/addressing.ts";
import { BUCKET_NAME_LIMIT, physicalName } from "../../../tenants/physical-name.ts";

const TIGRIS = { endpoint: "https://t3.storage.dev" };

describe("the URL of a call on S3", () => {
  it.each([
    [TIGRIS, "/acme-prod", "https://acme-prod.t3.storage.dev/"],
    [TIGRIS, "/acme-prod?tagging", "https://acme-prod.t3.storage.dev/?tagging"],
    [TIGRIS, "/acme-prod/a/b%20c?x=/y", "https://acme-prod.t3.storage.dev/a/b%20c?x=/y"],
    [TIGRIS, "/", "https://t3.storage.dev/"],
    [TIGRIS, "/?max-buckets=1", "https://t3.storage.dev/?max-buckets=1"],
    [TIGRIS, "/with.dots/a", "https://t3.storage.dev/with.dots/a"],
    [{ ...TIGRIS, pathStyle: true }, "/acme-prod/a", "https://t3.storage.dev/acme-prod/a"],
    [{ endpoint: "https://t3.storage.dev/" }, "/acme-prod/a", "https://acme-prod.t3.storage.dev/a"],
    [{ endpoint: "http://localhost:20000" }, "/acme-prod/a", "http://acme-prod.localhost:20000/a"],
    [{ endpoint: "http://127.0.0.1:20000" }, "/acme-prod/a", "http://127.0.0.1:20000/acme-prod/a"],
    [{ endpoint: "http://[::1]:20000" }, "/acme-prod/a", "http://[::1]:20000/acme-prod/a"],
  ])("at %j of %s is %s", (place, path, url) => {
    expect(s3Url(place, path)).toBe(url);
  });

  it("of a tenant's bucket always has it as one label of the host name, which a certificate covers", () => {
    const word = fc.string({ maxLength: 70 });
    fc.assert(
      fc.property(word, word, word, (prefix, stack, tenant) => {
        const bucket = physicalName(BUCKET_NAME_LIMIT, prefix, stack, tenant);
        expect(s3Url(TIGRIS, `/${bucket}/a`)).toBe(`https://${bucket}.t3.storage.dev/a`);
        expect(bucket).toMatch(/^[a-z0-9-]{1,63}$/);
      }),
    );
  });
});
