import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CreateMultipartUploadCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { isGone } from "../../../operations/handover/exported-objects.ts";
import { handoverErrors } from "../../../operations/handover/errors.ts";
import { folderPlace } from "../../../operations/handover/folder-place.ts";
import { exportHoldings } from "../../../operations/handover/export.ts";
import { importHoldings } from "../../../operations/handover/import.ts";
import { fileHash, type ManifestLine, manifestLines, type ObjectLine } from "../../../operations/handover/manifest.ts";
import { ObjectPaths } from "../../../operations/handover/object-paths.ts";
import { verifyExport } from "../../../operations/handover/verify.ts";
import { times } from "../../support/deep.ts";
import { CALM, contentOf, filledTenant, type HandoverRoom, openHandoverRoom } from "./handover-room.ts";

const SLOW = 120_000;

let room: HandoverRoom;
beforeAll(async () => {
  room = await openHandoverRoom();
}, SLOW);
afterEach(() => room.cloud.faults());
afterAll(() => room.dispose());

async function linesOf(dir: string): Promise<ManifestLine[]> {
  const lines: ManifestLine[] = [];
  for await (const line of manifestLines(folderPlace(dir))) lines.push(line);
  return lines;
}
const objectsOf = async (dir: string) =>
  (await linesOf(dir)).filter((line): line is ObjectLine => line.kind === "object");

const filled = (id: string) => filledTenant(room, id);

describe("an export", () => {
  it(
    "lists an unfinished upload that it does not hold, and its digest of the bucket is another one then",
    async () => {
      const given = await room.tenant("left-over");
      await given.put("notes/one.md", "# one\n");
      const [before, dir] = [await exportHoldings(given.handed, folderPlace(room.folder()), CALM), room.folder()];
      const { s3, bucket } = given.holdings;
      await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: "half.bin" }));
      const after = await exportHoldings(given.handed, folderPlace(dir), CALM);
      expect([before.left, after.left]).toEqual([0, 1]);
      expect(after.contents).not.toBe(before.contents);
      expect((await linesOf(dir)).find(({ kind }) => kind === "left")).toMatchObject({
        what: "upload",
        key: "half.bin",
      });
      expect((await verifyExport(folderPlace(dir))).end.contents).toBe(after.contents);
      const text = readFileSync(join(dir, "manifest.jsonl"), "utf8");
      writeFileSync(join(dir, "manifest.jsonl"), text.replace("half.bin", "hale.bin"));
      await expect(verifyExport(folderPlace(dir))).rejects.toMatchObject({ kind: handoverErrors.EXPORT_DAMAGED });
    },
    SLOW,
  );

  it(
    "holds every object, the database, settings and history, each with its checksum; verified, and imported elsewhere",
    async () => {
      const given = await filled("whole");
      const dir = room.folder();
      const history = [
        {
          line: 1,
          previous: null,
          kind: "tenant",
          time: "2026-11-26T00:00:00Z",
          stack: "local",
          run: "9b2f5a52-6c5b-4e6f-8f0e-111111111111",
          actor: "a",
          from: "b",
          tenant: "whole",
        },
        {
          line: 2,
          previous: "x",
          kind: "tenant",
          time: "2026-11-26T00:00:00Z",
          stack: "local",
          run: "9b2f5a52-6c5b-4e6f-8f0e-111111111111",
          actor: "a",
          from: "b",
          tenant: "other",
        },
      ].map((entry) => JSON.stringify(entry));
      const exported = await exportHoldings({ ...given.handed, history }, folderPlace(dir), CALM);
      expect(exported).toMatchObject({
        tenant: "whole",
        objects: 6,
        bytes: 6_000_011,
        fetched: 6_000_011,
        rows: { notes: 2 },
      });
      expect(exported.sha256).toBe((await fileHash(join(dir, "manifest.jsonl"))).sha256);
      expect(readFileSync(join(dir, "files/notes/one.md"), "utf8")).toBe("# one\n");
      expect(readFileSync(join(dir, "history.jsonl"), "utf8")).toBe(`${history[0] ?? ""}\n`);
      expect(readFileSync(join(dir, "tenant.yaml"), "utf8")).toBe("owner: a@b.example\n");
      expect(readdirSync(dir).sort()).toEqual([
        "database.sql",
        "database.sqlite",
        "files",
        "files-by-hash",
        "history.jsonl",
        "manifest.jsonl",
        "settings.json",
        "tenant.yaml",
      ]);
      const objects = await objectsOf(dir);
      expect(objects.map(({ key }) => key)).toEqual([
        "Größe & more?.txt",
        "bytes",
        "empty",
        "notes/",
        "notes/one.md",
        "odd\u0001 one",
      ]);
      expect(objects.at(-2)).toMatchObject({
        path: "files/notes/one.md",
        contentType: "text/markdown",
        metadata: { mode: "33188" },
      });
      expect(await verifyExport(folderPlace(dir))).toMatchObject({ sha256: exported.sha256, end: { objects: 6 } });

      const heir = await room.tenant("heir");
      const imported = await importHoldings(heir.holdings, folderPlace(dir), CALM);
      expect(imported).toMatchObject({ from: { tenant: "whole" }, objects: 6, rows: { notes: 2 } });
      expect(await contentOf(heir.sql)).toEqual(await contentOf(given.sql));
      const again = room.folder();
      await exportHoldings(heir.handed, folderPlace(again), CALM);
      const told = (lines: readonly ObjectLine[]) => lines.map(({ etag: _, modified: __, ...line }) => line);
      expect(told(await objectsOf(again))).toEqual(told(objects));
    },
    SLOW,
  );

  it(
    "that is repeated fetches only what is missing or has changed, and forgets what is gone",
    async () => {
      const given = await filled("again");
      const dir = room.folder();
      await exportHoldings(given.handed, folderPlace(dir), CALM);
      expect(await exportHoldings(given.handed, folderPlace(dir), CALM)).toMatchObject({ objects: 6, fetched: 0 });
      await given.put("notes/one.md", "# changed\n");
      await given.holdings.s3.send(
        new (await import("@aws-sdk/client-s3")).DeleteObjectCommand({ Bucket: "again", Key: "empty" }),
      );
      rmSync(join(dir, "files/Größe & more?.txt"));
      expect(await exportHoldings(given.handed, folderPlace(dir), CALM)).toMatchObject({ objects: 5, fetched: 12 });
      expect(existsSync(join(dir, "files/empty"))).toBe(false);
      expect(await verifyExport(folderPlace(dir))).toMatchObject({ end: { objects: 5 } });
    },
    SLOW,
  );

  it(
    "that breaks off goes on where it stopped, and has no manifest before it is whole",
    async () => {
      const given = await room.tenant("broken");
      for (let at = 0; at < 12; at += 1) await given.put(`f${String(at).padStart(2, "0")}`, `${at}`.repeat(1000));
      const dir = room.folder();
      const controller = new AbortController();
      let told = 0;
      const tell = () => {
        told += 1;
        if (told === 5) controller.abort(new Error("Ctrl-C"));
      };
      await expect(
        exportHoldings(given.handed, folderPlace(dir), { ...CALM, tell, signal: controller.signal }),
      ).rejects.toThrow("Ctrl-C");
      expect(existsSync(join(dir, "manifest.jsonl"))).toBe(false);
      await expect(verifyExport(folderPlace(dir))).rejects.toMatchObject({ kind: handoverErrors.EXPORT_UNREADABLE });
      // A kill in the middle of a line of the journal.
      appendFileSync(join(dir, "journal.jsonl"), '{"kind":"object","key":"f1');
      const { fetched, bytes } = await exportHoldings(given.handed, folderPlace(dir), CALM);
      expect(fetched).toBeLessThan(bytes);
      expect((await verifyExport(folderPlace(dir))).end).toMatchObject({ objects: 12, bytes });
      expect(await room.databases()).not.toContain("broken--export");
    },
    SLOW,
  );

  it("takes no object for gone whose name a list could not tell, so that none is left out unsaid", () => {
    const missing = Object.assign(new Error("none"), { name: "NoSuchKey" });
    const denied = Object.assign(new Error("no"), { name: "AccessDenied" });
    const gone = ["a.md", "evil\ufffd.md"].map((key) => [isGone(missing, key), isGone(denied, key)]);
    expect(gone).toEqual([
      [true, false],
      [false, false],
    ]);
  });

  it(
    "names objects that cannot be read, leaves no manifest, and goes on when they can",
    async () => {
      const given = await filled("refused");
      const dir = room.folder();
      await room.cloud.faults({ operation: "^GetObject$", kind: "error", status: 403 });
      const refused = exportHoldings(given.handed, folderPlace(dir), CALM);
      await expect(refused).rejects.toMatchObject({ kind: handoverErrors.EXPORT_OBJECT_FAILED });
      await expect(refused).rejects.toThrow(/notes\/one\.md/);
      expect(existsSync(join(dir, "manifest.jsonl"))).toBe(false);
      await room.cloud.faults();
      expect(await exportHoldings(given.handed, folderPlace(dir), CALM)).toMatchObject({ objects: 6 });
    },
    SLOW,
  );

  it(
    "writes into no folder that holds something else, and changes nothing there",
    async () => {
      const [given, other] = [await filled("mine"), await room.tenant("other")];
      const [foreign, taken] = [room.folder(), room.folder()];
      mkdirSync(foreign);
      writeFileSync(join(foreign, "thesis.txt"), "mine");
      await exportHoldings(given.handed, folderPlace(taken), CALM);
      for (const [handed, dir] of [
        [given.handed, foreign],
        [other.handed, taken],
      ] as const)
        await expect(exportHoldings(handed, folderPlace(dir), CALM)).rejects.toMatchObject({
          kind: handoverErrors.EXPORT_FOLDER_IN_USE,
        });
      expect(readdirSync(foreign)).toEqual(["thesis.txt"]);
      expect((await verifyExport(folderPlace(taken))).head.tenant).toBe("mine");
    },
    SLOW,
  );

  it(
    "is damaged when a byte, a file, a line or a row is missing or another, and says where",
    async () => {
      const given = await filled("fragile");
      const dir = room.folder();
      await exportHoldings(given.handed, folderPlace(dir), CALM);
      const damaged = async (path: string, change: (text: Buffer) => Buffer | undefined) => {
        const file = join(dir, path);
        const before = readFileSync(file);
        const after = change(before);
        if (after === undefined) rmSync(file);
        else writeFileSync(file, after);
        try {
          await verifyExport(folderPlace(dir));
          return "nothing";
        } catch (error) {
          return (error as Error).message;
        } finally {
          writeFileSync(file, before);
        }
      };
      const flipped = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 5000 ? byte ^ 1 : byte)));
      expect(await damaged("files/bytes", flipped)).toMatch(/EXPORT_DAMAGED.*files\/bytes: its content is another/);
      expect(await damaged("files/bytes", (bytes) => bytes.subarray(1))).toContain("5999999 bytes instead of 6000000");
      expect(await damaged("files/empty", () => undefined)).toContain("files/empty: missing");
      expect(await damaged("database.sqlite", flipped)).toContain("database.sqlite: its content is another");
      const withoutLine = (name: string) => (bytes: Buffer) =>
        Buffer.from(
          bytes
            .toString()
            .split("\n")
            .filter((line) => !line.includes(name))
            .join("\n"),
        );
      expect(await damaged("manifest.jsonl", withoutLine('"key":"bytes"'))).toContain("lists 5 objects");
      expect(await damaged("manifest.jsonl", withoutLine('"kind":"end"'))).toContain("EXPORT_UNREADABLE");
      expect(
        await damaged("manifest.jsonl", (text) => Buffer.from(text.toString().replace("files/bytes", "../bytes"))),
      ).toContain("EXPORT_UNREADABLE");
      expect((await verifyExport(folderPlace(dir))).end.objects).toBe(6);
    },
    SLOW,
  );
});

describe("an import", () => {
  it(
    "goes on after a break, writes nothing over, and refuses a tenant that has data",
    async () => {
      const given = await filled("origin");
      const dir = room.folder();
      await exportHoldings(given.handed, folderPlace(dir), CALM);
      const heir = await room.tenant("second");
      await heir.put("empty", "");
      await room.cloud.faults({ operation: "^PutObject$", kind: "error", status: 403, skip: 2 });
      await expect(importHoldings(heir.holdings, folderPlace(dir), CALM)).rejects.toThrow();
      await room.cloud.faults();
      expect(await importHoldings(heir.holdings, folderPlace(dir), CALM)).toMatchObject({
        objects: 6,
        rows: { notes: 2 },
      });
      expect(await contentOf(heir.sql)).toEqual(await contentOf(given.sql));
      await expect(importHoldings(heir.holdings, folderPlace(dir), CALM)).rejects.toMatchObject({
        kind: handoverErrors.IMPORT_NOT_EMPTY,
      });

      const third = await room.tenant("third");
      await third.put("notes/one.md", "its own");
      const conflict = importHoldings(third.holdings, folderPlace(dir), CALM);
      await expect(conflict).rejects.toMatchObject({ kind: handoverErrors.IMPORT_CONFLICT });
      await expect(conflict).rejects.toThrow('"notes/one.md"');
      const back = room.folder();
      await third.sql.execute("CREATE TABLE IF NOT EXISTS x(a)");
      await exportHoldings(third.handed, folderPlace(back), CALM);
      expect(readFileSync(join(back, "files/notes/one.md"), "utf8")).toBe("its own");
    },
    SLOW,
  );

  it(
    "brings no database into a tenant without one, and nothing of an export that is damaged",
    async () => {
      const given = await filled("source");
      const dir = room.folder();
      await exportHoldings(given.handed, folderPlace(dir), CALM);
      const { holdings } = await room.tenant("bare");
      const without = { ...holdings, database: undefined };
      await expect(importHoldings(without, folderPlace(dir), CALM)).rejects.toMatchObject({
        kind: handoverErrors.IMPORT_NO_DATABASE,
      });
      writeFileSync(join(dir, "files/empty"), "x");
      await room.cloud.forgetCalls();
      await expect(importHoldings(holdings, folderPlace(dir), CALM)).rejects.toMatchObject({
        kind: handoverErrors.EXPORT_DAMAGED,
      });
      expect((await room.cloud.calls()).filter(({ mutating }) => mutating)).toEqual([]);
    },
    SLOW,
  );
});

describe("the place of an object", () => {
  it("is its name, as far as a file system can have it beside the others", () => {
    const paths = new ObjectPaths();
    const placed = (key: string) => paths.pathOf(key).replace(/[0-9a-f]{64}/, "#");
    const keys = [
      "a",
      "a/b",
      "b/c",
      "b",
      "B/c",
      "../x",
      "/x",
      "x//y",
      "d/",
      ".tenantry/x",
      "é",
      "e\u0301",
      "y".repeat(300),
      "c\u0007",
    ];
    expect(keys.map(placed)).toEqual([
      "files/a",
      "files-by-hash/#",
      "files/b/c",
      "files-by-hash/#",
      "files-by-hash/#",
      "files-by-hash/#",
      "files-by-hash/#",
      "files-by-hash/#",
      "files-by-hash/#",
      "files/.tenantry/x",
      "files/é",
      "files-by-hash/#",
      "files-by-hash/#",
      "files-by-hash/#",
    ]);
  });

  it.each([times(2000, 50_000)])("is another one for each of %d objects", (count) => {
    const paths = new ObjectPaths();
    const places = Array.from({ length: count }, (_, at) => paths.pathOf(`folder ${at % 7}/${at}/A${at % 3}`));
    expect(new Set(places.map((place) => place.toLowerCase())).size).toBe(count);
  });
});
