import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { type Copy, RCLONE_FLAGS } from "../../../operations/files/sync/rclone-engine.ts";

/** One rclone for many copies: its start costs more than what a test has it copy. */
export interface RcloneDaemon {
  copy(what: Copy): Promise<void>;
  close(): Promise<void>;
}

/** Starts rclone with the first copy, in that copy's environment: all others have to have the same. */
export function rcloneDaemon(): RcloneDaemon {
  let started: Promise<Daemon> | undefined;
  return {
    async copy({ source, folder, names, environment }) {
      const { url } = await (started ??= start(environment));
      // rclone reads names only from a file. Beside the folder it is part of nothing that is compared.
      const list = `${folder}.names`;
      writeFileSync(list, names.map((name) => `${name}\n`).join(""));
      const asked = { srcFs: source, dstFs: folder, _filter: { FilesFromRaw: [list] } };
      const answer = await fetch(`${url}sync/copy`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(asked),
      });
      rmSync(list);
      // What the files meet, the engine finds. A request that rclone does not understand is a fault of ours.
      if (answer.status === 400) throw new Error(await answer.text());
    },
    async close() {
      const child = (await started)?.child;
      if (child === undefined) return;
      child.kill();
      await once(child, "close");
    },
  };
}

interface Daemon {
  readonly url: string;
  readonly child: ChildProcess;
}

async function start(env: Copy["environment"]): Promise<Daemon> {
  const args = ["rcd", "--rc-no-auth", "--rc-addr=127.0.0.1:0", ...RCLONE_FLAGS];
  const child = spawn("rclone", args, { env, stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    createInterface({ input: child.stderr }).on("line", (line) => {
      const url = /Serving remote control on (http:[^"\s]+)/.exec(line)?.[1];
      if (url !== undefined) resolve({ url, child });
    });
    child.once("close", () => {
      reject(new Error("rclone has ended"));
    });
  });
}
