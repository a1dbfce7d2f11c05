import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { VendorRuntime } from "../surface.ts";
import type { Credential } from "./credential.ts";
import { NAMES_BELOW } from "./host-names.ts";
import type { PolicyJudge } from "./policy-judge.ts";

export const REGION = "auto";

/** Where versitygw's IAM server is asked. Fixed by the cloud's folder, so that no port and no path of limited length is needed. */
export function iamSocket(runtime: VendorRuntime): string {
  // An abstract socket leaves nothing behind after a kill -9. Everything asked through it must be signed by root.
  return `@tenantry-iam-${createHash("sha256").update(runtime.dir).digest("hex").slice(0, 24)}`;
}

/** The folder with the IAM server's one file. */
export function iamFile(runtime: VendorRuntime): string {
  const dir = join(runtime.dir, "iam");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return join(dir, "iam.json");
}

/** Starts the two processes of versitygw: the one that knows the keys, and the one that keeps the objects. Answers the latter's port. */
export async function startVersitygw(runtime: VendorRuntime, root: Credential, judge: PolicyJudge): Promise<number> {
  const env = { ROOT_ACCESS_KEY_ID: root.accessKeyId, ROOT_SECRET_ACCESS_KEY: root.secretAccessKey };
  const socket = iamSocket(runtime);
  // The S3 engine looks for the IAM server once and then only every two seconds: first it has to be up.
  await runtime.engine(
    "iam-engine",
    "versitygw",
    // Its public API is not used, but it insists on an address for it.
    ["--port", `${socket}-unused`, "iam", "--quiet", "--dir", join(runtime.dir, "iam"), "--private-ports", socket],
    env,
    () => judge.isUp(),
  );

  removeBrokenUploads(join(runtime.dir, "objects"));
  const port = await runtime.port("s3-engine");
  await runtime.engine("s3-engine", "versitygw", s3Arguments(runtime, port, socket), env, () => isHealthy(port));
  return port;
}

function s3Arguments(runtime: VendorRuntime, port: number, socket: string): string[] {
  const folder = (name: string) => {
    const dir = join(runtime.dir, name);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return dir;
  };
  return [
    // On TCP, not on a socket: `aws:SourceIp` in a policy then sees 127.0.0.1, as the caller is on this machine.
    ...["--port", `127.0.0.1:${port}`, "--region", REGION, "--health", "/health", "--quiet", "--keep-alive"],
    // Visibility is a bucket's setting at Tigris, kept by the gateway; the engine would insist on ownership controls first.
    "--disable-acl",
    // `bucket.localhost`; any other name is that of the endpoint.
    ...["--virtual-domain", NAMES_BELOW],
    // What changed in the IAM server holds for the very next request.
    "--iam-cache-disable",
    ...["--iam-standalone-endpoint", socket],
    // Without unnamed temporary files: with them it gives an object that it overwrites a name of 28 bytes more for a moment, which
    // a name of 228 bytes or more cannot have, and only then finds that out: new attributes, old content.
    ...["posix", "--disableotmp", "--sidecar", folder("attributes")],
    // Only buckets with snapshots are told to keep versions.
    ...["--versioning-dir", folder("versions"), folder("objects")],
  ];
}

/** What a kill -9 left of uploads that were under way: files without a name of an object's. Parts of an upload are folders. */
function removeBrokenUploads(objects: string): void {
  if (!existsSync(objects)) return;
  for (const bucket of readdirSync(objects)) {
    const dir = join(objects, bucket, ".sgwtmp");
    if (!existsSync(dir)) continue;
    for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isFile()) rmSync(join(dir, entry.name));
  }
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
