import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Gate, Measured } from "../gate.ts";
import type { Measurement } from "../measurement.ts";

const GATE: Gate = {
  id: "files.operations",
  phase: "1 server-side mount",
  name: "File-system operations",
  question: "Does every file operation of such an app give the same result as in a local directory?",
  unit: "unexplained differences",
  threshold: 0,
  good: "below",
  cannotTell: "the behaviour of Tigris' own engine with two writers or in a global bucket.",
};

/** What differs on purpose: docs/tigrisfs.md, by the names of the operations. */
const KNOWN = [
  "a hard link",
  "chmod",
  "set the time of change",
  "a name of 256 bytes",
  "read a file that was removed while open",
];

const SCRIPT = readFileSync(join(import.meta.dirname, "file-operations.mjs"), "utf8");

/** Does the same operations on the mount and in a directory of the machine's own disk, in one process, and compares. */
export const filesMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, { quick }) {
    const machine = await scratch.shared({ files: "bucket", index: "libsql" });
    const folders = ["/app/data/gate-files", "/tmp/gate-files"];
    const script = `mkdir -p ${folders.join(" ")} && LARGE=${quick ? 0 : 1} node --input-type=module - ${folders.join(" ")}; status=$?; rm -rf ${folders.join(" ")}; exit $status`;
    const { code, out } = await scratch.exec(machine, ["sh", "-c", script], SCRIPT);
    return {
      [GATE.id]:
        code === 0
          ? compared(out, quick)
          : { samples: [], how: "", why: `the operations ended with ${code}: ${out.slice(-300)}` },
    };
  },
};

/** What was the same and what was not. Pure. */
export function compared(out: string, quick: boolean): Measured {
  const results = JSON.parse(out.trim().split("\n").at(-1) ?? "[]") as [
    name: string,
    mount: string,
    directory: string,
  ][];
  const differing = results.filter(([, mount, directory]) => mount !== directory);
  const isKnown = (name: string) => KNOWN.includes(name);
  return {
    value: results.length === 0 ? undefined : differing.filter(([name]) => !isKnown(name)).length,
    samples: [],
    how: `${results.length} operations, ${differing.length} differ, ${differing.filter(([name]) => isKnown(name)).length} of them known${quick ? ", without the file of 1 GB" : ""}`,
    detail: {
      head: ["operation", "mount", "directory", ""],
      rows: results.map(([name, mount, directory]) => [
        name,
        brief(mount),
        mount === directory ? "the same" : brief(directory),
        mount === directory ? "" : isKnown(name) ? "known: docs/tigrisfs.md" : "differs",
      ]),
    },
  };
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
