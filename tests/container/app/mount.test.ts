import { describe, expect, it } from "@jest/globals";

import { orderFor } from "../../../container/app/files/durable-file.ts";
import { mountUnder } from "../../../container/app/files/mount.ts";

const MOUNTINFO = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
42 27 0:39 / /app/data rw,nosuid,nodev - fuse.tigrisfs bucket rw,user_id=0
43 27 0:40 / /my\\040notes rw - tmpfs notes rw
44 43 0:41 / /my\\040notes rw shared:3 master:1 - xfs /dev/vdb rw
`;

describe("the mount under a path", () => {
  it.each([
    ["/app/data", "/app/data", "fuse.tigrisfs"],
    ["/app/data/notes", "/app/data", "fuse.tigrisfs"],
    ["/app/database", "/", "ext4"],
    ["/my notes", "/my notes", "xfs"],
  ])("%s is %s, a %s", (path, at, type) => {
    expect(mountUnder(path, MOUNTINFO)).toEqual({ path: at, type });
  });

  it("is unknown where nothing is said of one", () => {
    expect(mountUnder("/x", "")).toBeUndefined();
  });

  it("decides in which order a file is made durable", () => {
    expect([orderFor("fuse.tigrisfs"), orderFor("ext4"), orderFor(undefined)]).toEqual([
      "object-store",
      "file-system",
      "file-system",
    ]);
  });
});
