import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { clientFor } from "../../../operations/files/access-client.ts";
import { lazyS3 } from "../../../provider/tigris/s3-client.ts";

const ROOT = join(import.meta.dirname, "../../..");
/** The packages of the SDK that look at the environment, and what in it could send a call elsewhere or in another form. */
const PACKAGES = [
  "@aws-sdk/client-s3",
  "@aws-sdk/core",
  "@aws-sdk/middleware-sdk-s3",
  "@aws-sdk/checksums",
  "@smithy/core",
];
/** What each variable is set to, beside "true" for all that are not here. */
const VALUES: Readonly<Record<string, string>> = {
  AWS_REGION: "eu-central-1",
  AWS_DEFAULT_REGION: "eu-central-1",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9",
  AWS_PROFILE: "nobody",
  AWS_MAX_ATTEMPTS: "1",
  AWS_RETRY_MODE: "adaptive",
  AWS_DEFAULTS_MODE: "mobile",
  AWS_ACCESS_KEY_ID: "AKIASOMEBODYELSE",
  AWS_SECRET_ACCESS_KEY: "somebody else's",
  AWS_SESSION_TOKEN: "somebody else's",
  AWS_REQUEST_CHECKSUM_CALCULATION: "WHEN_SUPPORTED",
  AWS_RESPONSE_CHECKSUM_VALIDATION: "WHEN_SUPPORTED",
  AWS_AUTH_SCHEME_PREFERENCE: "sigv4a",
  AWS_SIGV4A_SIGNING_REGION_SET: "*",
  AWS_CA_BUNDLE: "/nonexistent.pem",
  AWS_SDK_UA_APP_ID: "theirs",
};
/** Nobody's settings: what programs find out about themselves, and headers. */
const NOT_SETTINGS =
  /^AWS_(?:EC2|CONTAINER|LAMBDA|EXECUTION|WEB|ROLE|LOGIN|BACKUP|REGION_ENV|DEFAULT_REGION_ENV|DEFAULTS_MODE_|PARTITION|BEARER|CREDENTIAL|SDK_JS|SDK_LOAD|ENABLE_DEFAULT_SOCKET|DISABLE_CLOCK|SHARED|CONFIG_FILE)/;

function known(): string[] {
  const texts = PACKAGES.flatMap((name) => {
    const folder = join(ROOT, "node_modules", name, "dist-cjs");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
    return files.map((file) => readFileSync(join(folder, file), "utf8"));
  });
  return [...new Set(texts.flatMap((text) => text.match(/\bAWS_[A-Z0-9_]+/g) ?? []))].filter(
    (name) => !NOT_SETTINGS.test(name),
  );
}

const variables = [...new Set([...known(), ...Object.keys(VALUES)])].sort();

let server: Server;
let endpoint: string;
let heard: IncomingMessage[] = [];
let dir: string;
const before = { ...process.env };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-aws-"));
  writeFileSync(
    join(dir, "config"),
    ["[default]", "[profile nobody]"]
      .map(
        (title) =>
          `${title}\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\nregion = eu-north-1\nendpoint_url = http://127.0.0.1:9\nmax_attempts = 1\ns3_use_arn_region = true\n`,
      )
      .join(""),
  );
  server = createServer((request, response) => {
    heard.push(request);
    request.resume().on("end", () => response.end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

const CLIENTS = {
  "the provider": async () => {
    const account = { endpoint, accessKeyId: "tid_k", secretAccessKey: "tsec_s" };
    return (await lazyS3({ ...account, retries: 0, now: () => new Date(), timeoutMs: 5000 })()).s3;
  },
  "a person's key": () =>
    clientFor({
      tenant: "acme",
      endpoint,
      tigrisfs: {},
      key: {
        name: "laptop",
        mode: "read-write",
        backend: "tigris",
        bucket: "tst-bucket",
        region: "auto",
        keyId: "tid_k",
        secret: "tsec_s",
        issued: "2026-01-01T00:00:00Z",
        due: null,
        enabled: true,
      },
    }),
};

/** What of a PutObject goes over the wire, without the time of day and what hangs on it. */
async function asSent(client: keyof typeof CLIENTS): Promise<object> {
  heard = [];
  const s3 = await CLIENTS[client]();
  const { PutObjectCommand } = await import("@aws-sdk/client-s3");
  await s3.send(new PutObjectCommand({ Bucket: "tst-bucket", Key: "a.txt", Body: "x" }));
  s3.destroy();
  const [first, ...more] = heard;
  if (first === undefined) throw new Error("nothing was heard");
  const { method, url, headers } = first;
  const authorization = String(headers.authorization).replace(/\d{8}(?=\/)|Signature=\w+/g, "");
  const { "x-amz-date": _, "amz-sdk-invocation-id": __, ...rest } = headers;
  return { calls: 1 + more.length, method, url, ...rest, authorization };
}

describe.each(Object.keys(CLIENTS) as (keyof typeof CLIENTS)[])("a call to Tigris with %s", (client) => {
  let undisturbed: object;
  beforeAll(async () => {
    undisturbed = await asSent(client);
  });

  it.each(variables)("is the same whatever %s says", async (name) => {
    process.env[name] = VALUES[name] ?? "true";
    expect(await asSent(client)).toEqual(undisturbed);
  });

  it("is the same with all of them at once, and with a file of AWS settings that says as much", async () => {
    for (const name of variables) process.env[name] = VALUES[name] ?? "true";
    process.env["AWS_CONFIG_FILE"] = process.env["AWS_SHARED_CREDENTIALS_FILE"] = join(dir, "config");
    expect(await asSent(client)).toEqual(undisturbed);
  });
});

describe("the variables of the AWS SDK that are tried", () => {
  it("are found in the SDK itself", () => {
    expect(variables).toEqual(
      expect.arrayContaining(["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_S3_USE_ARN_REGION"]),
    );
  });
});
