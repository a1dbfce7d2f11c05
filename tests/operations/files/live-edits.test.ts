import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { clientFor } from "../../../operations/files/access-client.ts";
import { round } from "../../../operations/files/live/round.ts";
import { unseenPushes } from "../../../operations/files/live/unseen-pushes.ts";
import type { TransferEngine } from "../../../operations/files/sync/transfer-engine.ts";
import { sdkEngine } from "../../../operations/files/sync/sdk-engine.ts";
import { seeded } from "../../../operations/engine/seeded.ts";
import { type Laptop, laptop } from "./laptop.ts";

const SLOW = 60_000;
const PATHS = ["a.md", "b.md"];
const STEPS = 40;

let home: Laptop;
beforeAll(async () => {
  home = await laptop();
});
afterAll(() => home.dispose());

/** Two people, one here and one at the bucket, who each replace what they see by a text of their own. */
function authors(dir: string, Bucket: string) {
  /** Texts that nobody has replaced knowingly. */
  const standing = new Set<string>();
  let count = 0;
  const replaced = (old: string | undefined, side: string) => {
    if (old !== undefined) standing.delete(old);
    const text = `${side} ${(count += 1)}`;
    standing.add(text);
    return text;
  };
  return {
    standing,
    here(path: string) {
      const file = join(dir, path);
      const old = readdirSync(dir).includes(path) ? readFileSync(file, "utf8") : undefined;
      writeFileSync(file, replaced(old, "here"));
    },
    async there(Key: string) {
      const seen = await home.s3.send(new GetObjectCommand({ Bucket, Key })).catch(() => undefined);
      const old = await seen?.Body?.transformToString();
      const condition = seen === undefined ? { IfNoneMatch: "*" } : { IfMatch: seen.ETag };
      const text = `there ${count + 1}`;
      // It writes only over what it has seen: else it would be the one that loses edits.
      await home.s3.send(new PutObjectCommand({ Bucket, Key, Body: text, ...condition })).then(
        () => replaced(old, "there"),
        () => undefined,
      );
    },
  };
}

describe("edits on both sides, at any moment of a round", () => {
  it.each([1, 2, 3])(
    "are all there in the end, on both sides, but for those that somebody has replaced knowingly (seed %i)",
    async (seed) => {
      const access = await home.access(`bob-${seed}`, "read-write");
      const dir = join(home.dir, `edits-${seed}`);
      mkdirSync(join(dir, ".tenantry"), { recursive: true });
      writeFileSync(join(dir, ".tenantry/busy"), "");
      const client = await clientFor(access);
      const people = authors(dir, home.bucket);
      const next = seeded(seed);
      const random = (below: number) => Math.floor(next() * below);
      const edit = async () => {
        const path = PATHS[random(PATHS.length)] ?? "";
        if (random(2) === 0) people.here(path);
        else await people.there(path);
      };
      let isCalm = false;
      const sometimes = async () => {
        if (!isCalm && random(3) === 0) await edit();
      };
      const plain = sdkEngine(client, home.bucket);
      const engine: TransferEngine = {
        name: "the AWS SDK, while people edit",
        async download(...args) {
          await sometimes();
          const problems = await plain.download(...args);
          await sometimes();
          return problems;
        },
        async upload(...args) {
          await sometimes();
          const landed = await plain.upload(...args);
          await sometimes();
          return landed;
        },
      };
      const pair = { dir, access, client, engine, onProgress: () => undefined };
      const memory = { base: new Map(), unseen: unseenPushes(0), missing: new Set<string>() };
      const one = () => round(pair, memory, { deleting: true, isReadOnly: false });
      for (let step = 0; step < STEPS; step += 1) {
        await edit();
        if (random(2) === 0) await one();
      }
      isCalm = true;
      while ((await one()).events.length > 0);
      const { Contents = [] } = await home.s3.send(new ListObjectsV2Command({ Bucket: home.bucket }));
      const names = readdirSync(dir).filter((name) => name !== ".tenantry");
      expect(Contents.map(({ Key }) => Key)).toEqual(names.sort());
      const texts = names.map((name) => readFileSync(join(dir, name), "utf8"));
      expect([...people.standing].filter((text) => !texts.includes(text))).toEqual([]);
      expect(people.standing.size).toBeGreaterThan(2);
    },
    SLOW,
  );
});
