import { describe, expect, it } from "@jest/globals";

import { libsqlUrl } from "../../../provider/turso/data-url.ts";
import { groupLocation, sameLocation } from "../../../provider/turso/location.ts";

describe("a group's location", () => {
  it("is the one of `locations` that `primary` means", () => {
    const locations = ["aws-eu-west-1", "aws-us-east-1"];
    expect(groupLocation({ primary: "us-east-1", locations })).toBe("aws-us-east-1");
    expect(groupLocation({ primary: "aws-us-east-1", locations })).toBe("aws-us-east-1");
  });

  it("is `primary` when that is all there is", () => {
    expect(groupLocation({ primary: "ams", locations: [] })).toBe("ams");
  });

  it("means the same place with and without the provider's prefix", () => {
    expect(sameLocation("aws-us-east-1", "us-east-1")).toBe(true);
    expect(sameLocation("aws-us-east-1", "aws-us-east-2")).toBe(false);
  });
});

describe("the address of a database", () => {
  it("is a libSQL URL at Turso and plain HTTP on the embedded cloud", () => {
    expect(libsqlUrl("https://api.turso.tech", "db-org.turso.io")).toBe("libsql://db-org.turso.io");
    expect(libsqlUrl("http://127.0.0.1:20000", "127.64.1.2:20001")).toBe("http://127.64.1.2:20001");
  });
});
