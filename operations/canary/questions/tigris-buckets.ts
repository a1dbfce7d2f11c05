import { isByPath } from "../../../provider/tigris/addressing.ts";
import { at, type Heard } from "../caller.ts";
import { byStatus, type Question, yesIf } from "../question.ts";
import { until } from "../room.ts";
import { oneWinner } from "./race.ts";
import type { TigrisPlace } from "./tigris-place.ts";

/** A delay up to this time is harmless. */
const SOON_MS = 2000;

/** Buckets: when changes become visible, and deletion. */
export const tigrisBuckets: readonly Question<TigrisPlace>[] = [
  {
    id: "tigris.new-bucket",
    asks: "Is a new bucket usable immediately?",
    how: "CreateBucket, then PutObject until it succeeds",
    means: {
      yes: "nothing to do",
      no: "calls on a new bucket fail for the time shown here; tenantry waits for it",
      other: "look at what Tigris answered",
    },
    switch: "tigris.spreadMs",
    async ask({ bucket }) {
      const { first, knownAfterMs } = await bucket();
      return yesIf(first.status === 200, `first call ${first.said}`, knownAfterMs);
    },
  },
  {
    id: "tigris.host-name",
    asks: "Does a bucket answer at its own host name?",
    how: "GetObject at https://BUCKET.<endpoint>",
    means: {
      yes: "nothing to do: tenantry and the machines address buckets this way",
      no: "set `tigrisPathStyle: true`",
      other: "the endpoint is an IP address, which has no host names for buckets",
    },
    async ask({ room, bucket }) {
      const { name } = await bucket();
      const { endpoint } = room.accounts.tigris;
      if (isByPath({ endpoint })) return { reply: "other", said: "not asked" };
      const { status, said } = await room.askS3(room.accounts.tigris, { endpoint })("GET", `/${name}/first`);
      return yesIf(status === 200, said);
    },
  },
  {
    id: "tigris.path-style",
    asks: "Does a signed call with the bucket in the path work?",
    how: "GetObject at https://<endpoint>/BUCKET",
    means: {
      yes: "as other clients report; `tigrisPathStyle: true` is possible too",
      no: "leave `tigrisPathStyle` as it is; other programs must use host names too",
      other: "look at what Tigris answered",
    },
    switch: "tigris.pathStyleRefused",
    async ask({ room, bucket }) {
      const { name } = await bucket();
      const { endpoint } = room.accounts.tigris;
      const byPath = room.askS3(room.accounts.tigris, { endpoint, pathStyle: true });
      const { status, said } = await byPath("GET", `/${name}/first`);
      return yesIf(status === 200, said);
    },
  },
  {
    id: "tigris.settings-shown",
    asks: "Does a bucket in two regions show a changed setting within two seconds?",
    how: "PATCH of soft_delete, then GET ?metadata until it shows",
    means: {
      yes: "nothing to do",
      no: "it takes the time shown here; tenantry waits for up to 20 s",
      other: "the setting never showed: every plan would show a change",
    },
    switch: "tigris.lagMs",
    async ask({ room, wide }) {
      const { name } = await wide();
      const set = (soft_delete: object) =>
        room.tigris.buckets.patch(name, { body: { soft_delete }, headers: {} }, room);
      await set({ enabled: true, retention_days: 8 });
      const since = performance.now();
      const isShown = async () => {
        const { body } = await room.askS3()("GET", `/${name}?metadata`);
        return at(body, "soft_delete", "retention_days") === 8 ? true : undefined;
      };
      const { ms } = await until(room, "the changed setting", isShown, { since });
      await set({ enabled: false });
      return yesIf(ms <= SOON_MS, "shown", ms);
    },
  },
  {
    id: "tigris.read-after-write",
    asks: "Is a new object in a bucket in two regions visible immediately?",
    how: "PutObject and GetObject, without X-Tigris-Consistent",
    means: {
      yes: "as seen from one place; other regions may differ",
      no: "tenantry sends X-Tigris-Consistent when a decision depends on the answer",
      other: "look at what Tigris answered",
    },
    switch: "tigris.staleReadsMs",
    async ask({ room, wide }) {
      const { name } = await wide();
      const ask = room.askS3();
      await ask("PUT", `/${name}/just-written`, { body: "new" });
      return byStatus(await ask("GET", `/${name}/just-written`), [200], [404]);
    },
  },
  {
    id: "tigris.one-winner",
    asks: "Does exactly one of 50 concurrent conditional writes to one name succeed?",
    how: "50 PutObject with If-None-Match: * at the same time, in a bucket of one region",
    means: {
      yes: "pushes and the history cannot overwrite each other",
      no: "conditional writes are not reliable: two pushes, or two deployments, may overwrite each other",
      other: "look at what Tigris answered",
    },
    async ask({ room, bucket }) {
      const { name } = await bucket();
      const headers = { "if-none-match": "*" };
      return oneWinner((each) => room.askS3()("PUT", `/${name}/race`, { headers, body: `${each}` }));
    },
  },
  {
    id: "tigris.snapshots-later",
    asks: "Can snapshots be turned on later, and does the bucket then show it?",
    how: "CreateBucket without, PATCH of type, GET ?metadata",
    means: {
      yes: "nothing to do",
      no: "set `snapshots` when you create a tenant; later it is refused with TIGRIS_SETTING_REFUSED",
      other: "accepted but not shown: every plan would show a change",
    },
    async ask({ room, make }) {
      const { name } = await make("c", { "X-Tigris-Regions": "iad" });
      const patched = await room.askS3()("PATCH", `/${name}`, { json: { type: 1 } });
      const refusal = patched.status < 300 && at(patched.body, "status") !== "error" ? undefined : wordsOf(patched);
      if (refusal !== undefined) return { reply: "no", said: refusal };
      const isShown = async () => ((await room.tigris.buckets.metadata(name, room))?.type === 1 ? true : undefined);
      const { ms } = await until(room, "snapshots", isShown, { limitMs: 30_000 });
      return { reply: "yes", said: "accepted and shown", ms };
    },
  },
  {
    id: "tigris.emptied-bucket",
    switch: "tigris.versionsHold",
    asks: "Can a bucket with snapshots and soft delete be deleted after its objects?",
    how: "PutObject, DeleteObject, DeleteBucket",
    means: {
      yes: "a purge succeeds",
      no: "old versions block the deletion: a purge says TIGRIS_BUCKET_NOT_EMPTY until they are deleted too",
      other: "look at what Tigris answered",
    },
    async ask({ room, make }) {
      const { name } = await make("d", {
        "X-Tigris-Regions": "iad",
        "X-Tigris-Enable-Snapshot": "true",
        "X-Tigris-Soft-Delete": "7",
      });
      await room.askS3()("DELETE", `/${name}/first`);
      return byStatus(await room.askS3()("DELETE", `/${name}`), [204], [409]);
    },
  },
  {
    id: "tigris.name-free",
    asks: "Is the name of a deleted bucket free immediately?",
    how: "DeleteBucket, then CreateBucket with the same name",
    means: {
      yes: "a tenant can be purged and created again immediately",
      no: "until it is free, `up` says TIGRIS_NAME_RESERVED",
      other: "look at what Tigris answered",
    },
    async ask({ room, make }) {
      const { name } = await make("e", { "X-Tigris-Regions": "iad" });
      const ask = room.askS3();
      await ask("DELETE", `/${name}/first`);
      const gone = await ask("DELETE", `/${name}`);
      if (gone.status !== 204) return { reply: "other", said: `DeleteBucket: ${gone.said}` };
      return byStatus(await ask("PUT", `/${name}`, { headers: { "X-Tigris-Regions": "iad" } }), [200], [409]);
    },
  },
];

function wordsOf({ body, said }: Heard): string {
  const message = at(body, "message");
  return typeof message === "string" ? `${said}: ${message}` : said;
}
