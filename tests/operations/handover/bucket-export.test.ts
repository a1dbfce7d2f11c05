import { createHash } from "node:crypto";

import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { bucketAddress } from "../../../operations/handover/bucket-address.ts";
import { bucketPlace } from "../../../operations/handover/bucket-place.ts";
import { handoverErrors } from "../../../operations/handover/errors.ts";
import { exportHoldings, type Handed } from "../../../operations/handover/export.ts";
import type { ExportPlace } from "../../../operations/handover/export-place.ts";
import { folderPlace } from "../../../operations/handover/folder-place.ts";
import { importHoldings } from "../../../operations/handover/import.ts";
import { type ManifestLine, manifestLines } from "../../../operations/handover/manifest.ts";
import { verifyExport } from "../../../operations/handover/verify.ts";
import { CALM, contentOf, filledTenant, type HandoverRoom, openHandoverRoom } from "./handover-room.ts";

const SLOW = 120_000;
const TEAM = "team-exports";

let room: HandoverRoom;
beforeAll(async () => {
  room = await openHandoverRoom();
  await room.teamBucket(TEAM);
}, SLOW);
afterEach(() => room.cloud.faults());
afterAll(() => room.dispose());

const placeAt = (prefix: string): ExportPlace => bucketPlace(room.s3, { bucket: TEAM, prefix: `${prefix}/` });

async function keysBelow(prefix: string): Promise<string[]> {
  const { Contents = [] } = await room.s3.send(new ListObjectsV2Command({ Bucket: TEAM, Prefix: `${prefix}/` }));
  return Contents.map(({ Key = "" }) => Key.slice(prefix.length + 1));
}

async function bytesAt(key: string): Promise<Buffer> {
  const { Body } = await room.s3.send(new GetObjectCommand({ Bucket: TEAM, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function linesIn(place: ExportPlace): Promise<ManifestLine[]> {
  const lines: ManifestLine[] = [];
  for await (const line of manifestLines(place)) lines.push(line);
  return lines;
}

describe("an export into a bucket of the team's own", () => {
  it(
    "holds what one in a folder holds, is verified there, and imported from there",
    async () => {
      const given = await filledTenant(room, "streamed");
      const [place, dir] = [placeAt("handed/streamed"), folderPlace(room.folder())];
      const [there, here] = [
        await exportHoldings(given.handed, place, CALM),
        await exportHoldings(given.handed, dir, CALM),
      ];
      expect(there).toMatchObject({ objects: 6, bytes: 6_000_011, rows: { notes: 2 }, contents: here.contents });
      expect(there.manifest).toBe(`s3://${TEAM}/handed/streamed/manifest.jsonl`);
      const manifest = await bytesAt("handed/streamed/manifest.jsonl");
      expect(createHash("sha256").update(manifest).digest("hex")).toBe(there.sha256);
      const told = (lines: readonly ManifestLine[]) => lines.filter(({ kind }) => kind === "object");
      expect(told(await linesIn(place))).toEqual(told(await linesIn(dir)));
      const keys = await keysBelow("handed/streamed");
      expect(keys.filter((key) => !/^files(-by-hash)?\//.test(key))).toEqual([
        "database.sql",
        "database.sqlite",
        "history.jsonl",
        "manifest.jsonl",
        "settings.json",
        "tenant.yaml",
      ]);
      expect(await verifyExport(place)).toMatchObject({ sha256: there.sha256, end: { objects: 6 } });
      const heir = await room.tenant("streamed-heir");
      expect(await importHoldings(heir.holdings, place, CALM)).toMatchObject({ objects: 6, rows: { notes: 2 } });
      expect(await contentOf(heir.sql)).toEqual(await contentOf(given.sql));
      const back = placeAt("handed/heir");
      await exportHoldings(heir.handed, back, CALM);
      // What an import uploads in parts has another ETag.
      const plain = (lines: readonly ManifestLine[]) =>
        lines.flatMap((line) => (line.kind === "object" ? [[line.key, line.sha256, line.contentType]] : []));
      expect(plain(await linesIn(back))).toEqual(plain(await linesIn(place)));
    },
    SLOW,
  );

  it(
    "that breaks off goes on where it stopped, and has no manifest before it is whole",
    async () => {
      const given = await room.tenant("cut-short");
      for (let at = 0; at < 12; at += 1) await given.put(`f${String(at).padStart(2, "0")}`, `${at}`.repeat(1000));
      const controller = new AbortController();
      let told = 0;
      const tell = () => {
        told += 1;
        if (told === 5) controller.abort(new Error("Ctrl-C"));
      };
      const broken = exportHoldings(given.handed, placeAt("cut"), { ...CALM, tell, signal: controller.signal });
      await expect(broken).rejects.toThrow("Ctrl-C");
      expect(await keysBelow("cut")).not.toContain("manifest.jsonl");
      await expect(verifyExport(placeAt("cut"))).rejects.toMatchObject({ kind: handoverErrors.EXPORT_UNREADABLE });
      const { fetched, bytes } = await exportHoldings(given.handed, placeAt("cut"), CALM);
      expect(fetched).toBeLessThan(bytes);
      expect((await verifyExport(placeAt("cut"))).end).toMatchObject({ objects: 12, bytes });
      expect((await keysBelow("cut")).filter((key) => key.startsWith("journal/"))).toEqual([]);
    },
    SLOW,
  );

  it(
    "that is repeated fetches only what is missing or has changed, and forgets what is gone",
    async () => {
      const given = await filledTenant(room, "streamed-again");
      await exportHoldings(given.handed, placeAt("again"), CALM);
      expect(await exportHoldings(given.handed, placeAt("again"), CALM)).toMatchObject({ objects: 6, fetched: 0 });
      await given.put("notes/one.md", "# changed\n");
      await room.s3.send(new DeleteObjectCommand({ Bucket: "streamed-again", Key: "empty" }));
      await room.s3.send(new DeleteObjectCommand({ Bucket: TEAM, Key: "again/files/Größe & more?.txt" }));
      expect(await exportHoldings(given.handed, placeAt("again"), CALM)).toMatchObject({ objects: 5, fetched: 12 });
      expect(await keysBelow("again")).not.toContain("files/empty");
      expect(await verifyExport(placeAt("again"))).toMatchObject({ end: { objects: 5 } });
    },
    SLOW,
  );

  it(
    "is damaged when an object is missing or another, and says where",
    async () => {
      const given = await filledTenant(room, "streamed-fragile");
      await exportHoldings(given.handed, placeAt("fragile"), CALM);
      await room.s3.send(new PutObjectCommand({ Bucket: TEAM, Key: "fragile/files/notes/one.md", Body: "# two\n" }));
      await room.s3.send(new DeleteObjectCommand({ Bucket: TEAM, Key: "fragile/files/empty" }));
      const verified = verifyExport(placeAt("fragile"));
      await expect(verified).rejects.toMatchObject({ kind: handoverErrors.EXPORT_DAMAGED });
      await expect(verified).rejects.toThrow(/files\/empty: missing\s+files\/notes\/one\.md: its content is another/);
    },
    SLOW,
  );

  it(
    "writes below no prefix that holds something else, and into no bucket that refuses, and leaves no upload open",
    async () => {
      const given = await room.tenant("streamed-mine");
      await given.put("large", new Uint8Array(12_000_000).fill(7));
      await room.s3.send(new PutObjectCommand({ Bucket: TEAM, Key: "foreign/thesis.txt", Body: "mine" }));
      await expect(exportHoldings(given.handed, placeAt("foreign"), CALM)).rejects.toMatchObject({
        kind: handoverErrors.EXPORT_FOLDER_IN_USE,
      });
      expect(await keysBelow("foreign")).toEqual(["thesis.txt"]);
      const nowhere = bucketPlace(room.s3, { bucket: "no-such-bucket", prefix: "" });
      await expect(exportHoldings(given.handed, nowhere, CALM)).rejects.toMatchObject({
        kind: handoverErrors.EXPORT_BUCKET_FAILED,
      });
      await room.cloud.faults({ operation: "^UploadPart$", kind: "error", status: 403 });
      await expect(exportHoldings(given.handed, placeAt("refused"), CALM)).rejects.toMatchObject({
        kind: handoverErrors.EXPORT_OBJECT_FAILED,
      });
      const { Uploads = [] } = await room.s3.send(new ListMultipartUploadsCommand({ Bucket: TEAM }));
      expect(Uploads).toEqual([]);
    },
    SLOW,
  );
});

describe("an export with the older versions of objects", () => {
  const kept = (handed: Handed): Handed => {
    const { tenant } = handed.holdings;
    const storage = { ...tenant.storage, snapshots: true } as typeof tenant.storage;
    return { ...handed, holdings: { ...handed.holdings, tenant: { ...tenant, storage } } };
  };

  it(
    "holds the content of each, fetches none twice, and lists what was deleted",
    async () => {
      const given = await room.tenant("versioned", { "X-Tigris-Enable-Snapshot": "true" });
      for (const body of ["first", "second", "third"]) await given.put("plan.md", body);
      await given.put("gone.md", "gone");
      await room.s3.send(new DeleteObjectCommand({ Bucket: "versioned", Key: "gone.md" }));
      const handed = kept(given.handed);
      const place = placeAt("versioned");
      const without = await exportHoldings(handed, place, CALM);
      const exported = await exportHoldings(handed, place, { ...CALM, versions: true });
      expect(exported).toMatchObject({ objects: 1, left: 1, contents: without.contents });
      expect(without.left).toBe(4);
      const versions = (await linesIn(place)).filter((line) => line.kind === "version");
      const texts = await Promise.all(versions.map(async ({ path }) => String(await bytesAt(`versioned/${path}`))));
      expect(texts.sort()).toEqual(["first", "gone", "second"]);
      expect((await verifyExport(place)).end.contents).toBe(exported.contents);
      expect(await exportHoldings(handed, place, { ...CALM, versions: true })).toMatchObject({ fetched: 0 });
      expect(await exportHoldings(handed, place, CALM)).toMatchObject({ left: 4 });
      expect((await keysBelow("versioned")).filter((key) => key.startsWith("versions/"))).toEqual([]);
    },
    SLOW,
  );

  it(
    "is refused of a bucket that keeps none, before anything is written",
    async () => {
      const given = await room.tenant("unversioned");
      await expect(
        exportHoldings(given.handed, placeAt("unversioned"), { ...CALM, versions: true }),
      ).rejects.toMatchObject({ kind: handoverErrors.EXPORT_NO_VERSIONS });
      expect(await keysBelow("unversioned")).toEqual([]);
    },
    SLOW,
  );
});

describe("the address of a bucket", () => {
  it.each([
    ["s3://team", { bucket: "team", prefix: "" }],
    ["s3://team/", { bucket: "team", prefix: "" }],
    ["s3://team/a b/ü/", { bucket: "team", prefix: "a b/ü/" }],
    ["s3://team.exports/a//", { bucket: "team.exports", prefix: "a/" }],
    ["https://team/a", undefined],
    ["s3://", undefined],
    ["s3://Team/a", undefined],
  ])("%s is read", (text, address) => {
    expect(bucketAddress(text)).toEqual(address);
  });
});
