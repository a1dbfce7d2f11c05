import { describe, expect, it } from "@jest/globals";

import { image } from "../../../tenants/model/image.ts";

describe("an image", () => {
  it.each([
    "ghcr.io/acme/agent:1.4.2",
    `ghcr.io/acme/agent@sha256:${"0b".repeat(32)}`,
    `ghcr.io/acme/agent:1.4.2@sha256:${"0b".repeat(32)}`,
    "127.0.0.1:5000/a:x",
    "debian:12",
    "registry.fly.io/my-app__x/y.z:deployment-01H",
    "a/b:latest-1",
  ])("is taken: %s", (reference) => {
    expect(image.safeParse(reference).success).toBe(true);
  });

  it.each([
    "",
    "debian",
    "debian:latest",
    `debian:latest@sha256:${"0b".repeat(32)}`,
    "debian:",
    "debian@sha256:abc",
    "Debian:12",
    "https://ghcr.io/a:1",
    "a//b:1",
    "a b:1",
    `${"a/".repeat(300)}b:1`,
    "debian:12\n",
  ])("is refused: %j", (reference) => {
    expect(image.safeParse(reference).success).toBe(false);
  });

  it.each([`${"a-".repeat(250)}!`, `${"a.".repeat(250)}!`, `${"a/a-".repeat(120)}:`])(
    "is refused before the test times out, though it is made to lead the pattern astray: %s",
    (nasty) => {
      expect(image.safeParse(nasty).success).toBe(false);
    },
  );
});
