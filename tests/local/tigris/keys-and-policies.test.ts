import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  addPolicy,
  assignBucketRoles,
  attachPolicyToAccessKey,
  createAccessKey,
  deletePolicy,
  detachPolicyFromAccessKey,
  editPolicy,
  getAccessKey,
  getPolicy,
  listAccessKeys,
  listPolicies,
  listPoliciesForAccessKey,
  removeAccessKey,
  revokeAllBucketRoles,
  rotateAccessKey,
} from "@tigrisdata/iam";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, iamFor, type KeyPair, rootOf, s3For } from "./clients.ts";
import { signedFetch } from "./signed-fetch.ts";

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
  await Promise.all(["one", "two"].map((Bucket) => s3For(cloud).send(new CreateBucketCommand({ Bucket }))));
  await s3For(cloud).send(new PutObjectCommand({ Bucket: "one", Key: "hello", Body: "hello" }));
});
afterAll(() => cloud.dispose());

const config = () => iamFor(cloud);
const mint = async (name: string, bucketsRole: Parameters<typeof createAccessKey>[1] = {}): Promise<KeyPair> => {
  const { id, secret = "" } = dataOf(await createAccessKey(name, { ...bucketsRole, config: config() }));
  return { accessKeyId: id, secretAccessKey: secret };
};
const document = (actions: string[], resource = "arn:aws:s3:::one", effect = "Allow") => ({
  version: "2012-10-17",
  statements: [{ effect, action: actions, resource: [resource, `${resource}/*`] }],
});
const policy = async (name: string, actions: string[]) =>
  dataOf(await addPolicy(name, { description: name, document: document(actions), config: config() }));
const outcome = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "ok";
  } catch (error) {
    return (error as Error).name;
  }
};
const read = (key: KeyPair) => outcome(s3For(cloud, key).send(new GetObjectCommand({ Bucket: "one", Key: "hello" })));
const write = (key: KeyPair, Bucket = "one") =>
  outcome(s3For(cloud, key).send(new PutObjectCommand({ Bucket, Key: "new", Body: "x" })));
const list = (key: KeyPair) => outcome(s3For(cloud, key).send(new ListObjectsV2Command({ Bucket: "one" })));
const iamCall = (parameters: Record<string, string>, options: Parameters<typeof signedFetch>[2] = {}) =>
  signedFetch(`${cloud.descriptor.tigris.iamEndpoint}/`, rootOf(cloud), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(parameters).toString(),
    service: "iam",
    ...options,
  });

describe("an access key", () => {
  it("may do nothing without a role or a policy", async () => {
    const key = await mint("nothing");
    expect(await Promise.all([read(key), write(key), list(key)])).toEqual(Array(3).fill("AccessDenied"));
  });

  it("reads with ReadOnly, writes with Editor, and loses both when revoked", async () => {
    const key = await mint("roles", { bucketsRole: [{ bucket: "one", role: "ReadOnly" }] });
    expect(await Promise.all([read(key), write(key)])).toEqual(["ok", "AccessDenied"]);

    dataOf(await assignBucketRoles(key.accessKeyId, [{ bucket: "one", role: "Editor" }], { config: config() }));
    expect(await Promise.all([read(key), write(key), write(key, "two")])).toEqual(["ok", "ok", "AccessDenied"]);

    dataOf(await assignBucketRoles(key.accessKeyId, [{ bucket: "two", role: "Editor" }], { config: config() }));
    expect(dataOf(await getAccessKey(key.accessKeyId, { config: config() })).roles).toEqual([
      { bucket: "one", role: "Editor" },
      { bucket: "two", role: "Editor" },
    ]);
    expect(await write(key, "two")).toBe("ok");

    dataOf(await revokeAllBucketRoles(key.accessKeyId, { config: config() }));
    expect(await Promise.all([read(key), write(key)])).toEqual(["AccessDenied", "AccessDenied"]);
  });

  it("is listed with its name, page by page, and gone once removed", async () => {
    const made = await Promise.all(["p1", "p2", "p3"].map((name) => mint(name)));
    const seen: string[] = [];
    let paginationToken: string | undefined;
    do {
      const page = dataOf(
        await listAccessKeys({ limit: 2, config: config(), ...(paginationToken ? { paginationToken } : {}) }),
      );
      seen.push(...page.accessKeys.map(({ id }) => id));
      paginationToken = page.paginationToken;
    } while (paginationToken !== undefined);
    expect(seen).toEqual(expect.arrayContaining(made.map(({ accessKeyId }) => accessKeyId)));
    expect(new Set(seen).size).toBe(seen.length);

    const [gone] = made;
    if (gone === undefined) throw new Error("no key");
    expect(dataOf(await getAccessKey(gone.accessKeyId, { config: config() })).name).toBe("p1");
    dataOf(await removeAccessKey(gone.accessKeyId, { config: config() }));
    expect((await getAccessKey(gone.accessKeyId, { config: config() })).error?.message).toBe("Access key not found");
    expect(await read(gone)).toBe("InvalidAccessKeyId");
    expect((await removeAccessKey(gone.accessKeyId, { config: config() })).error?.message).toContain("doesn't exist");
  });

  it("keeps its id and gets another secret when rotated; the old one is dead at once", async () => {
    const key = await mint("turning", { bucketsRole: [{ bucket: "one", role: "ReadOnly" }] });
    const { id, newSecret } = dataOf(await rotateAccessKey(key.accessKeyId, { config: config() }));
    expect(id).toBe(key.accessKeyId);
    expect(await read(key)).toBe("SignatureDoesNotMatch");
    expect(await read({ accessKeyId: id, secretAccessKey: newSecret })).toBe("ok");
  });

  it("is refused while it is inactive", async () => {
    const key = await mint("sleepy", { bucketsRole: [{ bucket: "one", role: "ReadOnly" }] });
    const set = (Status: string) => iamCall({ Action: "UpdateAccessKey", AccessKeyId: key.accessKeyId, Status });
    expect((await set("Inactive")).status).toBe(200);
    expect(await read(key)).toBe("InvalidAccessKeyId");
    expect((await set("Active")).status).toBe(200);
    expect(await read(key)).toBe("ok");
  });
});

describe("a policy", () => {
  it("holds from the moment its attachment is answered to the moment its detachment is", async () => {
    const key = await mint("attached");
    const { resource } = await policy("read-one", ["s3:GetObject", "s3:ListBucket"]);
    for (let round = 0; round < 3; round++) {
      dataOf(await attachPolicyToAccessKey(key.accessKeyId, resource, { config: config() }));
      expect(await Promise.all([read(key), list(key), write(key)])).toEqual(["ok", "ok", "AccessDenied"]);
      dataOf(await detachPolicyFromAccessKey(key.accessKeyId, resource, { config: config() }));
      expect(await Promise.all([read(key), list(key)])).toEqual(["AccessDenied", "AccessDenied"]);
    }
  });

  it("takes effect on every key when it is edited", async () => {
    const keys = await Promise.all(["e1", "e2"].map((name) => mint(name)));
    const { resource } = await policy("edited", ["s3:GetObject"]);
    for (const { accessKeyId } of keys) {
      dataOf(await attachPolicyToAccessKey(accessKeyId, resource, { config: config() }));
    }
    const edited = dataOf(
      await editPolicy(resource, {
        description: "now writes",
        document: document(["s3:PutObject"]),
        config: config(),
      }),
    );
    expect(edited).toMatchObject({ defaultVersionId: "v2", description: "now writes", attachmentCount: 2 });
    expect(await Promise.all(keys.flatMap((key) => [read(key), write(key)]))).toEqual([
      ...["AccessDenied", "ok"],
      ...["AccessDenied", "ok"],
    ]);
  });

  it("is read back with its document and the keys it is attached to", async () => {
    const key = await mint("holder");
    const { resource } = await policy("readable", ["s3:GetObject"]);
    dataOf(await attachPolicyToAccessKey(key.accessKeyId, resource, { config: config() }));
    const read = dataOf(await getPolicy(resource, { config: config() }));
    expect(read).toMatchObject({
      name: "readable",
      attachmentCount: 1,
      document: document(["s3:GetObject"]),
      users: [{ id: key.accessKeyId, name: "holder" }],
    });
    const names = dataOf(await listPoliciesForAccessKey(key.accessKeyId, { config: config() })).policies;
    expect(names).toEqual(["readable"]);
    const all = dataOf(await listPolicies({ config: config() })).policies.map(({ name }) => name);
    expect(all).toContain("readable");
  });

  it.each(["*notes.md", "**bold**", "?", "*", "a*", "in/*x/*"])(
    "is about every key below its `*`, also %j",
    async (Key) => {
      const [roled, bound, denied] = await Promise.all([
        mint(`roled ${Key}`, { bucketsRole: [{ bucket: "one", role: "Editor" }] }),
        mint(`bound ${Key}`),
        mint(`denied ${Key}`, { bucketsRole: [{ bucket: "one", role: "Editor" }] }),
      ]);
      const bind = async (key: KeyPair, name: string, effect: string) => {
        const about = document(["s3:PutObject"], "arn:aws:s3:::one", effect);
        const made = await addPolicy(name, { description: "", document: about, config: config() });
        dataOf(await attachPolicyToAccessKey(key.accessKeyId, dataOf(made).resource, { config: config() }));
      };
      const name = Buffer.from(Key).toString("hex");
      await Promise.all([bind(bound, `allow-${name}`, "Allow"), bind(denied, `deny-${name}`, "Deny")]);
      const put = (key: KeyPair) =>
        outcome(s3For(cloud, key).send(new PutObjectCommand({ Bucket: "one", Key, Body: "" })));
      expect(await Promise.all([roled, bound, denied].map(put))).toEqual(["ok", "ok", "AccessDenied"]);
    },
  );

  it("denies over what a role allows", async () => {
    const key = await mint("denied", { bucketsRole: [{ bucket: "one", role: "Editor" }] });
    const { resource } = dataOf(
      await addPolicy("no-writes", {
        description: "",
        document: document(["s3:PutObject"], "arn:aws:s3:::one", "Deny"),
        config: config(),
      }),
    );
    dataOf(await attachPolicyToAccessKey(key.accessKeyId, resource, { config: config() }));
    expect(await Promise.all([read(key), write(key)])).toEqual(["ok", "AccessDenied"]);
  });

  it("can bind a key to a time and to an address", async () => {
    const key = await mint("conditional");
    const statement = (Condition: object) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::one/*", Condition }],
      });
    const update = (Condition: object) =>
      iamCall({ Action: "UpdatePolicy", PolicyArn: resource, PolicyDocument: statement(Condition) });
    const { resource } = await policy("conditional", ["s3:PutObject"]);
    dataOf(await attachPolicyToAccessKey(key.accessKeyId, resource, { config: config() }));
    const outcomes = [];
    for (const condition of [
      { DateLessThan: { "aws:CurrentTime": "2099-01-01T00:00:00Z" } },
      { DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } },
      { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } },
      { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } },
    ]) {
      expect((await update(condition)).status).toBe(200);
      outcomes.push(await read(key));
    }
    expect(outcomes).toEqual(["ok", "AccessDenied", "ok", "AccessDenied"]);
  });

  it("has a name of its own", async () => {
    await policy("only-one", ["s3:GetObject"]);
    const again = await iamCall({
      Action: "CreatePolicy",
      PolicyName: "only-one",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
      }),
    });
    expect(again.status).toBe(409);
    expect(await again.text()).toContain("<Code>EntityAlreadyExists</Code>");
  });

  it.each([
    ["names a bucket that is not there", ["s3:GetObject"], "arn:aws:s3:::nowhere"],
    ["names an action that Tigris does not know", ["s3:PutBucketVersioning"], "arn:aws:s3:::one"],
    ["names another service", ["iam:CreatePolicy"], "arn:aws:s3:::one"],
    ["names something else than a bucket", ["s3:GetObject"], "one"],
  ])("is refused when it %s", async (_, actions, resource) => {
    const answer = await addPolicy("refused", {
      description: "",
      document: document(actions, resource),
      config: config(),
    });
    expect(answer.error).toBeDefined();
    expect(dataOf(await listPolicies({ config: config() })).policies.map(({ name }) => name)).not.toContain("refused");
  });

  it("goes with its attachments only when forced", async () => {
    const key = await mint("leaving");
    const { resource } = await policy("leaving", ["s3:GetObject"]);
    dataOf(await attachPolicyToAccessKey(key.accessKeyId, resource, { config: config() }));
    expect((await iamCall({ Action: "DeletePolicy", PolicyArn: resource })).status).toBe(409);
    expect(await read(key)).toBe("ok");
    dataOf(await deletePolicy(resource, { config: config() }));
    expect(await read(key)).toBe("AccessDenied");
    expect((await getPolicy(resource, { config: config() })).error).toBeDefined();
    expect(dataOf(await listPoliciesForAccessKey(key.accessKeyId, { config: config() })).policies).toEqual([]);
  });

  it("is attached by the key's id, not by its name", async () => {
    await mint("by-name");
    const { resource } = await policy("by-name", ["s3:GetObject"]);
    const answer = await attachPolicyToAccessKey("by-name", resource, { config: config() });
    expect(answer.error?.message).toBe("Access key doesn't exist");
  });

  it("cannot be put inline: Tigris has no PutUserPolicy", async () => {
    const answer = await iamCall({ Action: "PutUserPolicy", UserName: "x", PolicyName: "y", PolicyDocument: "{}" });
    expect(answer.status).toBe(501);
    expect(await answer.text()).toContain("<Code>NotImplemented</Code>");
  });
});

describe("the form of an answer", () => {
  it("is XML unless JSON is asked for", async () => {
    await policy("formed", ["s3:GetObject"]);
    const PolicyArn = dataOf(await listPolicies({ config: config() })).policies.find(
      ({ name }) => name === "formed",
    )?.resource;
    const call = { Action: "GetPolicy", PolicyArn: PolicyArn ?? "" };
    const xml = await iamCall(call);
    expect(xml.headers.get("content-type")).toBe("text/xml");
    expect(await xml.text()).toMatch(/<GetPolicyResponse xmlns="[^"]+"><GetPolicyResult><Policy>.*<PolicyName>formed</);
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const json = await iamCall(call, { headers });
    expect(await json.json()).toMatchObject({ GetPolicyResult: { Policy: { PolicyName: "formed" } } });
    const refusal = await iamCall({ ...call, PolicyArn: "arn:aws:iam::org_embedded:policy/none" }, { headers });
    expect([refusal.status, await refusal.json()]).toEqual([404, expect.objectContaining({ Code: "NoSuchEntity" })]);
  });

  it("of a list in XML has members", async () => {
    expect(await (await iamCall({ Action: "ListPolicies", MaxItems: "1" })).text()).toMatch(
      /<Policies><member>.*<\/member><\/Policies><IsTruncated>true<\/IsTruncated>/,
    );
  });

  it("of GetPolicyVersion carries the document URL-encoded, as at AWS", async () => {
    const { resource } = await policy("versioned", ["s3:GetObject"]);
    const answer = await iamCall({ Action: "GetPolicyVersion", PolicyArn: resource, VersionId: "v1" });
    const encoded = /<Document>(.*)<\/Document>/.exec(await answer.text())?.[1] ?? "";
    expect(JSON.parse(decodeURIComponent(encoded))).toMatchObject({ Version: "2012-10-17" });
  });
});

describe("who may call IAM", () => {
  it("is an administrator: root, or a key with NamespaceAdmin", async () => {
    const key = await mint("deputy");
    dataOf(await assignBucketRoles(key.accessKeyId, [{ bucket: "*", role: "NamespaceAdmin" }], { config: config() }));
    const asDeputy = iamFor(cloud, key);
    const made = dataOf(await createAccessKey("by-deputy", { config: asDeputy }));
    expect(dataOf(await getAccessKey(made.id, { config: asDeputy })).name).toBe("by-deputy");
    expect(await outcome(s3For(cloud, key).send(new CreateBucketCommand({ Bucket: "by-deputy" })))).toBe("ok");
  });

  it("is not an editor", async () => {
    const key = await mint("editor", { bucketsRole: [{ bucket: "one", role: "Editor" }] });
    expect((await createAccessKey("more", { config: iamFor(cloud, key) })).error?.message).toContain("not authorized");
    expect((await listPolicies({ config: iamFor(cloud, key) })).error).toBeDefined();
  });

  it("signs for s3 or for iam, correctly and recently", async () => {
    const call = { Action: "ListPolicies" };
    const root = rootOf(cloud);
    const status = async (options: Parameters<typeof signedFetch>[2], key = root) =>
      (
        await signedFetch(`${cloud.descriptor.tigris.iamEndpoint}/`, key, {
          method: "POST",
          body: new URLSearchParams(call).toString(),
          ...options,
        })
      ).status;
    expect(await Promise.all([status({ service: "s3" }), status({ service: "iam" })])).toEqual([200, 200]);
    expect(await status({ signingDate: new Date(Date.now() - 20 * 60_000) })).toBe(403);
    expect(await status({}, { ...root, secretAccessKey: "tsec_wrong" })).toBe(403);
    expect(await status({}, { ...root, accessKeyId: "tid_unknown" })).toBe(403);
    expect(
      (await fetch(`${cloud.descriptor.tigris.iamEndpoint}/?Action=ListPolicies`, { method: "POST" })).status,
    ).toBe(403);
  });
});
