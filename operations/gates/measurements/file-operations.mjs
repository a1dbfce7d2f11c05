// node - FOLDER FOLDER: does the same operations in both folders and prints, as JSON, what each said: [name, one, other].
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

const [, , ...folders] = process.argv;
const large = process.env.LARGE === "1";
const sum = (file) => createHash("sha256").update(fs.readFileSync(file)).digest("hex").slice(0, 16);
const handle = (path, flags, work) => {
  const fd = fs.openSync(path, flags);
  try {
    return work(fd);
  } finally {
    fs.closeSync(fd);
  }
};
const pattern = (bytes) => Buffer.alloc(bytes, "0123456789abcdef tenantry ");

const OPERATIONS = {
  create: (at) => [fs.writeFileSync(at("a"), "one"), fs.readFileSync(at("a"), "utf8")],
  append: (at) => [fs.appendFileSync(at("a"), " two"), fs.readFileSync(at("a"), "utf8")],
  "create only if absent": (at) => fs.writeFileSync(at("a"), "x", { flag: "wx" }),
  "write in the middle": (at) => [
    handle(at("a"), "r+", (fd) => fs.writeSync(fd, "ONE", 0)),
    fs.readFileSync(at("a"), "utf8"),
  ],
  "write beyond the end": (at) => [
    handle(at("hole"), "w", (fd) => fs.writeSync(fd, "x", 5000)),
    fs.statSync(at("hole")).size,
    sum(at("hole")),
  ],
  "read a part": (at) =>
    handle(at("a"), "r", (fd) => {
      const b = Buffer.alloc(3);
      return [fs.readSync(fd, b, 0, 3, 4), b.toString()];
    }),
  "truncate, shorter": (at) => [fs.truncateSync(at("a"), 3), fs.readFileSync(at("a"), "utf8")],
  "truncate, longer": (at) => [fs.truncateSync(at("a"), 6), fs.readFileSync(at("a")).toString("hex")],
  stat: (at) => {
    const s = fs.statSync(at("a"));
    return [s.size, s.isFile(), s.isDirectory(), s.nlink];
  },
  "stat of nothing": (at) => fs.statSync(at("nothing")),
  rename: (at) => [fs.renameSync(at("a"), at("b")), fs.existsSync(at("a")), fs.readFileSync(at("b")).length],
  "rename of nothing": (at) => fs.renameSync(at("nothing"), at("c")),
  "rename over a file": (at) => [
    fs.writeFileSync(at("c"), "new"),
    fs.renameSync(at("c"), at("b")),
    fs.readFileSync(at("b"), "utf8"),
  ],
  "atomic replace": (at) => [
    handle(at("b.tmp"), "w", (fd) => [fs.writeSync(fd, "whole"), fs.fsyncSync(fd)].length),
    fs.renameSync(at("b.tmp"), at("b")),
    fs.readFileSync(at("b"), "utf8"),
    fs.existsSync(at("b.tmp")),
  ],
  "fsync of a folder": (at) => handle(at("."), "r", (fd) => fs.fsyncSync(fd)),
  "make folders": (at) => [fs.mkdirSync(at("d/e/f"), { recursive: true }), fs.statSync(at("d/e")).isDirectory()].at(1),
  "make a folder that is there": (at) => fs.mkdirSync(at("d")),
  "list in order": (at) => [
    ["z", "ä", "Z", "a b", "日本", "-x"].map((n) => fs.writeFileSync(at(`d/${n}`), n)).length,
    fs.readdirSync(at("d")).sort(),
  ],
  "list with kinds": (at) =>
    fs
      .readdirSync(at("d"), { withFileTypes: true })
      .map((e) => [e.name, e.isDirectory()])
      .sort(),
  "unicode, both normal forms": (at) => [
    fs.writeFileSync(at("u\u00e9"), "c"),
    fs.writeFileSync(at("ue\u0301"), "d"),
    fs.readFileSync(at("u\u00e9"), "utf8"),
    fs.readFileSync(at("ue\u0301"), "utf8"),
  ],
  "names that differ in case": (at) => [
    fs.writeFileSync(at("Case"), "1"),
    fs.writeFileSync(at("case"), "2"),
    fs.readFileSync(at("Case"), "utf8"),
  ],
  "a name of 255 bytes": (at) => [fs.writeFileSync(at("n".repeat(255)), "x"), fs.existsSync(at("n".repeat(255)))],
  "a name of 256 bytes": (at) => fs.writeFileSync(at("n".repeat(256)), "x"),
  "rename a folder": (at) => [
    fs.writeFileSync(at("d/e/f/deep"), "deep"),
    fs.renameSync(at("d"), at("g")),
    fs.readFileSync(at("g/e/f/deep"), "utf8"),
    fs.existsSync(at("d")),
  ],
  "rename a folder over one with files": (at) => [
    fs.mkdirSync(at("h")),
    fs.writeFileSync(at("h/x"), ""),
    fs.renameSync(at("h"), at("g")),
  ],
  "remove a folder with files": (at) => fs.rmdirSync(at("g")),
  "remove a file": (at) => [fs.unlinkSync(at("b")), fs.existsSync(at("b"))],
  "remove nothing": (at) => fs.unlinkSync(at("nothing")),
  "read a file that was removed while open": (at) => [
    fs.writeFileSync(at("open"), "still"),
    handle(at("open"), "r", (fd) => [fs.unlinkSync(at("open")), fs.readFileSync(fd, "utf8")]),
  ],
  "write to a file that was renamed while open": (at) => [
    fs.writeFileSync(at("o1"), ""),
    handle(at("o1"), "r+", (fd) => [fs.renameSync(at("o1"), at("o2")), fs.writeSync(fd, "late")]),
    fs.readFileSync(at("o2"), "utf8"),
  ],
  "a lock within the machine": (at) => [
    fs.writeFileSync(at("lock"), ""),
    spawnSync("flock", [at("lock"), "flock", "-n", at("lock"), "true"]).status,
  ],
  "a file read through mmap": (at) => [
    fs.writeFileSync(at("mapped"), pattern(100_000)),
    spawnSync("grep", ["-c", "tenantry", at("mapped")])
      .stdout?.toString()
      .trim(),
  ],
  "10 MB": (at) => [fs.writeFileSync(at("big"), pattern(10_000_000)), fs.statSync(at("big")).size, sum(at("big"))],
  "10 MB, changed in the middle": (at) => [
    handle(at("big"), "r+", (fd) => fs.writeSync(fd, "CHANGED", 5_000_000)),
    sum(at("big")),
  ],
  "500 files in a folder": (at) => [
    fs.mkdirSync(at("many")),
    Array.from({ length: 500 }, (_, i) => fs.writeFileSync(at(`many/${i}`), String(i))).length,
    fs.readdirSync(at("many")).length,
  ],
  "remove all of it": (at) => [fs.rmSync(at("many"), { recursive: true }), fs.existsSync(at("many"))],
  "a symbolic link": (at) => [
    fs.symlinkSync("lock", at("link")),
    fs.readlinkSync(at("link")),
    fs.lstatSync(at("link")).isSymbolicLink(),
  ],
  "a hard link": (at) => [fs.linkSync(at("lock"), at("hard")), fs.statSync(at("lock")).nlink],
  chmod: (at) => [fs.chmodSync(at("lock"), 0o600), (fs.statSync(at("lock")).mode & 0o777).toString(8)],
  "set the time of change": (at) => [fs.utimesSync(at("lock"), 1000, 1000), fs.statSync(at("lock")).mtimeMs],
  ...(large
    ? {
        "1 GB": (at) => [
          handle(at("huge"), "w", (fd) => {
            const part = pattern(8_388_608);
            for (let i = 0; i < 128; i++) fs.writeSync(fd, part);
            return 128;
          }),
          fs.statSync(at("huge")).size,
          spawnSync("sha256sum", [at("huge")])
            .stdout?.toString()
            .slice(0, 16),
        ],
      }
    : {}),
};

const results = Object.entries(OPERATIONS).map(([name, work]) => [
  name,
  ...folders.map((folder) => {
    try {
      return JSON.stringify(work((path) => join(folder, path)) ?? null);
    } catch (error) {
      return error.code ?? String(error);
    }
  }),
]);
console.log(JSON.stringify(results));
