import { describe, expect, it } from "@jest/globals";

import { checkConfig, machineConfig } from "../../../../local/fly/machines/config.ts";
import { parseImage } from "../../../../local/fly/machines/image-reference.ts";

const read = (config: object) => machineConfig.parse({ image: "app", ...config });
const service = (more: object) => read({ services: [{ protocol: "tcp", internal_port: 80, ...more }] }).services?.[0];
const refusal = (config: object): string => {
  try {
    checkConfig(read(config));
    return "none";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
};

describe("a machine's config", () => {
  it("comes back with Fly's defaults", () => {
    expect(read({})).toEqual({
      image: "app",
      init: {},
      guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 },
    });
    expect(read({ guest: { cpu_kind: "performance", cpus: 2 } }).guest).toMatchObject({ memory_mb: 4096 });
  });

  it("loses what Fly does not know, at every depth, without a word", () => {
    const config = read({ auto_stop_machines: "stop", secrets: {}, guest: { cores: 2 }, restart: { polcy: "no" } });
    expect(config).not.toHaveProperty("auto_stop_machines");
    expect(config).not.toHaveProperty("secrets");
    expect(config.guest).not.toHaveProperty("cores");
    expect(config.restart).toEqual({});
  });

  it.each([
    ["off", false],
    ["stop", true],
    ["suspend", "suspend"],
    [true, true],
    [false, false],
  ])("answers autostop %j as %j", (given, answered) => {
    expect(service({ autostop: given })?.autostop).toBe(answered);
  });

  it("answers durations as Go prints them, from text or nanoseconds", () => {
    expect(read({ stop_config: { timeout: "120s" } }).stop_config).toEqual({ timeout: "2m0s" });
    expect(read({ checks: { c: { interval: 15_000_000_000 } } }).checks).toEqual({ c: { interval: "15s" } });
  });

  it("takes null for absent", () => {
    expect(read({ env: null, services: [{ protocol: "tcp", internal_port: 80, autostop: null }] })).toEqual({
      ...read({}),
      services: [{ protocol: "tcp", internal_port: 80 }],
    });
  });

  it.each([
    ["no image", { image: undefined }],
    ["a text for autostart", { services: [{ protocol: "tcp", internal_port: 80, autostart: "true" }] }],
    ["an unknown autostop", { services: [{ protocol: "tcp", internal_port: 80, autostop: "pause" }] }],
    ["a service without a port", { services: [{ protocol: "tcp" }] }],
    ["an unknown restart policy", { restart: { policy: "sometimes" } }],
    ["a number in env", { env: { A: 1 } }],
    ["an unknown stop signal", { stop_config: { signal: "SIGWINCH" } }],
    ["a duration without a unit", { stop_config: { timeout: "30" } }],
  ])("is refused with %s", (_, config) => {
    expect(machineConfig.safeParse({ image: "app", ...config }).success).toBe(false);
  });

  it.each([
    ["shared 1 x 256", { cpu_kind: "shared", cpus: 1, memory_mb: 256 }],
    ["shared 8 x 16384", { cpu_kind: "shared", cpus: 8, memory_mb: 16384 }],
    ["performance 16 x 32768", { cpu_kind: "performance", cpus: 16, memory_mb: 32768 }],
  ])("may have the size %s", (_, guest) => {
    expect(refusal({ guest })).toBe("none");
  });

  it.each([
    ["too little memory", { cpu_kind: "shared", cpus: 2, memory_mb: 256 }, "memory_mb"],
    ["too much memory", { cpu_kind: "shared", cpus: 1, memory_mb: 4096 }, "memory_mb"],
    ["memory between the steps", { cpu_kind: "shared", cpus: 1, memory_mb: 300 }, "memory_mb"],
    ["an odd number of cpus", { cpu_kind: "shared", cpus: 3 }, "cpus"],
    ["an unknown kind", { cpu_kind: "quantum" }, "cpu_kind"],
  ])("is refused with %s", (_, guest, field) => {
    expect(refusal({ guest })).toContain(field);
  });

  it.each([
    ["two mounts", { mounts: [1, 2].map((n) => ({ volume: `vol_${n}`, path: `/${n}` })) }, "one volume"],
    ["a mount without a path", { mounts: [{ volume: "vol_1" }] }, "path"],
    ["a file at a relative path", { files: [{ guest_path: "a", raw_value: "" }] }, "absolute"],
    ["a file of two sources", { files: [{ guest_path: "/a", raw_value: "", secret_name: "A" }] }, "exactly one"],
    ["an unknown schedule", { schedule: "yearly" }, "schedule"],
  ])("is refused with %s", (_, config, reason) => {
    expect(refusal(config)).toContain(reason);
  });
});

describe("an image", () => {
  it.each([
    ["nginx", { registry: "registry-1.docker.io", repository: "library/nginx", tag: "latest" }],
    ["acme/agent:2", { registry: "registry-1.docker.io", repository: "acme/agent", tag: "2" }],
    [
      "registry.example/acme/agent@sha256:ab",
      { registry: "registry.example", repository: "acme/agent", digest: "sha256:ab" },
    ],
    ["localhost:5000/a:1@sha256:ab", { registry: "localhost:5000", repository: "a", tag: "1", digest: "sha256:ab" }],
  ])("%s is taken apart", (image, reference) => {
    expect(parseImage(image)).toEqual(reference);
  });
});
