// Alchemy's Fly provider against the embedded Fly. Prints `ok NAME` or `not ok NAME: why` for each check.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

const { FLY_API_BASE_URL: endpoint, FLY_API_TOKEN: token } = process.env;

const alchemy = (verb, round) =>
  execFileSync(
    process.execPath,
    ["node_modules/alchemy/bin/cli.js", verb, "alchemy.run.js", "--yes", "--no-input", "--stage", "test"],
    {
      encoding: "utf8",
      env: { ...process.env, FLY_API_HOSTNAME: endpoint, CI: "true", ROUND: round },
    },
  );
async function asked(path) {
  const response = await fetch(`${endpoint}/v1/apps/strangers-alchemy${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return response.ok ? response.json() : response.status;
}
let machine;

const checks = {
  "deploy: an app with a secret, an address, a machine and its volume": async () => {
    alchemy("deploy", "1");
    [machine] = await asked("/machines");
    assert.deepEqual(
      [machine.state, machine.config.env.ROUND, machine.config.mounts[0].path],
      ["started", "1", "/data"],
    );
    assert.deepEqual(
      [
        (await asked("/secrets")).secrets[0].name,
        (await asked("/ip_assignments")).ips.length,
        (await asked("/volumes")).length,
      ],
      ["TOKEN", 1, 1],
    );
  },
  "deploy again: the same machine, not touched": async () => {
    alchemy("deploy", "1");
    const [same, ...others] = await asked("/machines");
    assert.deepEqual([same.id, same.instance_id, others.length], [machine.id, machine.instance_id, 0]);
  },
  "deploy of a change: the same machine, with its volume": async () => {
    const [before] = await asked("/secrets").then(({ secrets }) => secrets);
    alchemy("deploy", "2");
    const [changed] = await asked("/machines");
    assert.deepEqual([changed.id, changed.config.env.ROUND, changed.state], [machine.id, "2", "started"]);
    assert.equal(changed.config.mounts[0].volume, machine.config.mounts[0].volume);
    assert.notEqual((await asked("/secrets")).secrets[0].digest, before.digest);
  },
  "destroy: all of it is gone": async () => {
    alchemy("destroy", "2");
    assert.equal(await asked(""), 404);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${String(error).replaceAll("\n", " ").slice(0, 300)}`);
  }
}
