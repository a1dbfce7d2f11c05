import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { clientFor } from "../../../operations/files/access-client.ts";
import { round } from "../../../operations/files/live/round.ts";
import { unseenPushes } from "../../../operations/files/live/unseen-pushes.ts";
import type { TransferEngine } from "../../../operations/files/sync/transfer-engine.ts";
import { sdkEngine } from "../../../operations/files/sync/sdk-engine.ts";
import { lostIn, type Side, twoSidedEdits } from "../../../operations/gates/two-sided-edits.ts";
import { seeded } from "../../../operations/engine/seeded.ts";
import { isDeep } from "../../support/deep.ts";
import { type Laptop, laptop } from "./laptop.ts";

const SLOW = 60_000;
const PATHS = ["a.md", "b.md"];
const STEPS = 40;
/** Of the edits at the bucket. */
const SEEDS = isDeep ? [1, 2, 3] : [1];

let home: Laptop;
beforeAll(async () => {
  home = await laptop();
});
afterAll(() => home.dispose());

/** A person at the folder: nothing comes between the look and the write. */
const here = (dir: string): Side => ({
  name: "here",
  replace(path, text) {
    const file = join(dir, path);
    const seen = existsSync(file) ? readFileSync(file, "utf8") : "";
    writeFileSync(file, text);
    return Promise.resolve(seen);
  },
});

/** A person at the bucket, who writes only over what was seen: else it would be this one who loses edits. */
const there = (Bucket: string): Side => ({
  name: "there",
  async replace(Key, text) {
    const seen = await home.s3.send(new GetObjectCommand({ Bucket, Key })).catch(() => undefined);
    const old = (await seen?.Body?.transformToString()) ?? "";
    const condition = seen === undefined ? { IfNoneMatch: "*" } : { IfMatch: seen.ETag };
    return home.s3.send(new PutObjectCommand({ Bucket, Key, Body: text, ...condition })).then(
      () => old,
      () => undefined,
    );
  },
});

/** An app on a mount: it writes over what it has seen last, which may be older than the bucket, and asks for no condition. */
const onMount = (Bucket: string, random: (below: number) => number): Side => {
  const cache = new Map<string, string>();
  return {
    name: "there",
    async replace(Key, text) {
      if (random(2) === 0) {
        const found = await home.s3.send(new GetObjectCommand({ Bucket, Key })).catch(() => undefined);
        cache.set(Key, (await found?.Body?.transformToString()) ?? "");
      }
      const seen = cache.get(Key) ?? "";
      cache.set(Key, text);
      await home.s3.send(new PutObjectCommand({ Bucket, Key, Body: text }));
      return seen;
    },
  };
};

describe("edits on both sides, at any moment of a round", () => {
  it.each([
    ...SEEDS.map((seed) => [seed, "at the bucket", 0] as const),
    [4, "on a mount that sees late", SLOW] as const,
  ])(
    "are all there in the end, on both sides, but for those that somebody has replaced knowingly (seed %i, %s)",
    async (seed, where, windowMs) => {
      const access = await home.access(`bob-${seed}`, "read-write");
      const dir = join(home.dir, `edits-${seed}`);
      mkdirSync(join(dir, ".tenantry"), { recursive: true });
      writeFileSync(join(dir, ".tenantry/busy"), "");
      const client = await clientFor(access);
      const next = seeded(seed);
      const random = (below: number) => Math.floor(next() * below);
      const { edit, current } = twoSidedEdits(
        [here(dir), where === "at the bucket" ? there(home.bucket) : onMount(home.bucket, random)],
        PATHS,
        random,
      );
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
      const memory = { base: new Map(), unseen: unseenPushes(windowMs), missing: new Set<string>() };
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
      expect(lostIn(current, texts)).toEqual([]);
      expect(current.size).toBeGreaterThan(2);
    },
    SLOW,
  );
});
