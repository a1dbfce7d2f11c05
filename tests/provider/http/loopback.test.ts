import { describe, expect, it } from "@jest/globals";

import { askLoopbackDirectly } from "../../../provider/http/loopback.ts";

describe("an address of this computer", () => {
  it.each([
    ["is excepted from proxies by its exact host, once", "http://127.8.9.10:1", "1", "a.example,127.8.9.10"],
    ["needs no exception where Node uses no proxies", "http://127.8.9.10:1", undefined, "a.example"],
    ["is none that only begins like one", "http://127.example:1", "1", "a.example"],
    ["is none of the internet", "https://api.turso.tech", "1", "a.example"],
  ])("%s", (_, url, uses, excepted) => {
    const env: NodeJS.ProcessEnv = {
      no_proxy: "a.example",
      ...(uses === undefined ? {} : { NODE_USE_ENV_PROXY: uses }),
    };
    askLoopbackDirectly(url, env);
    askLoopbackDirectly(url, env);
    expect(env["no_proxy"]).toBe(excepted);
  });
});
