// What somebody writes who needs a bucket, a database and a machine per tenant and has an afternoon: one program with dynamic
// providers. It makes what tenantry makes for a tenant, without claims, adoption, rotation, moves or words for errors.
"use strict";
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");

// Pulumi writes each provider with all that it uses into the state, as text: so everything is required where it is used.

/** Where the vendors are. */
function accounts() {
  return JSON.parse(require("node:fs").readFileSync(`${process.env.TENANTRY_HOME}/cloud/cloud.json`, "utf8"));
}

/** Fly or Turso. Undefined for what is gone. */
async function call(vendor, method, path, body) {
  const { endpoint, token } = accounts()[vendor];
  const answer = await fetch(`${endpoint}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : {};
}

/** Tigris, which wants its calls signed. Undefined for what is gone. */
async function signed(method, address, headers, body) {
  const { SignatureV4 } = require("@smithy/signature-v4");
  const { Sha256 } = require("@aws-crypto/sha256-js");
  const { accessKeyId, secretAccessKey } = accounts().tigris;
  const credentials = { accessKeyId, secretAccessKey };
  const signer = new SignatureV4({ credentials, region: "auto", service: "s3", sha256: Sha256, uriEscapePath: false });
  const url = new URL(address);
  const request = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    body,
  });
  const { host: _, ...sent } = request.headers;
  const answer = await fetch(url, { method, headers: sent, body });
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`${method} ${url.pathname}${url.search}: ${answer.status} ${text}`);
  return text.startsWith("{") ? JSON.parse(text) : {};
}

function iam(action, form) {
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  const body = new URLSearchParams(form).toString();
  return signed("POST", `${accounts().tigris.iamEndpoint}/?Action=${action}`, headers, body);
}

function turso(method, path, body) {
  return call("turso", method, `/v1/organizations/${accounts().turso.organization}${path}`, body);
}

/** What changes any of these inputs makes it anew; nothing is changed in place. */
async function diff(_id, olds, news) {
  const replaces = Object.keys(news).filter(
    (key) => key !== "__provider" && JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
  );
  return { changes: replaces.length > 0, replaces, deleteBeforeReplace: true };
}

const bucket = {
  diff,
  async create({ name, tenant }) {
    const url = `${accounts().tigris.endpoint}/${name}`;
    await signed("PUT", url, { "x-amz-acl": "private", "x-tigris-regions": "iad", "x-tigris-soft-delete": "7" });
    const tags = `<Tag><Key>tenant</Key><Value>${tenant}</Value></Tag>`;
    const xml = `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${tags}</TagSet></Tagging>`;
    const md5 = require("node:crypto").createHash("md5").update(xml).digest("base64");
    await signed("PUT", `${url}?tagging`, { "content-type": "application/xml", "content-md5": md5 }, xml);
    return { id: name, outs: { name, tenant } };
  },
  async read(id, props) {
    const url = `${accounts().tigris.endpoint}/${id}`;
    const found = await Promise.all([signed("GET", `${url}?metadata`, {}), signed("GET", `${url}?tagging`, {})]);
    return found.includes(undefined) ? {} : { id, props };
  },
  async delete(id) {
    await signed("DELETE", `${accounts().tigris.endpoint}/${id}`, {});
  },
};

const key = {
  diff,
  async create({ bucket: name }) {
    const { randomUUID } = require("node:crypto");
    const Req = JSON.stringify({ req_uuid: randomUUID(), name: `${name}-machine`, buckets_role: [] });
    const made = (await iam("CreateAccessKeyWithBucketsRole", { Req })).CreateAccessKeyResult.AccessKey;
    const objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"];
    const document = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["s3:ListBucket"], Resource: [`arn:aws:s3:::${name}`] },
        { Effect: "Allow", Action: objects, Resource: [`arn:aws:s3:::${name}/*`] },
      ],
    };
    const policy = await iam("CreatePolicy", {
      PolicyName: `${name}-machine`,
      ReqUUID: randomUUID(),
      PolicyDocument: JSON.stringify(document),
    });
    const arn = policy.CreatePolicyResult.Policy.Arn;
    await iam("AttachUserPolicy", { PolicyArn: arn, UserName: made.AccessKeyId });
    return { id: made.AccessKeyId, outs: { bucket: name, arn, secret: made.SecretAccessKey } };
  },
  async read(id, props) {
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const body = new URLSearchParams({ Action: "ListAccessKeys", KeyId: id }).toString();
    const found = await signed("POST", `${accounts().tigris.iamEndpoint}/?Detailed`, headers, body);
    const policy = await iam("GetPolicyDetailed", { PolicyArn: props.arn });
    return found === undefined || policy === undefined ? {} : { id, props };
  },
  async delete(id, { arn }) {
    await iam("DetachUserPolicy", { PolicyArn: arn, UserName: id });
    await iam("DeletePolicy", { PolicyArn: arn });
    await iam("DeleteAccessKey", { AccessKeyId: id });
  },
};

const group = {
  diff,
  async create({ name, location }) {
    await turso("POST", "/groups", { name, location });
    return { id: name, outs: { name, location } };
  },
  async read(id, props) {
    return (await turso("GET", `/groups/${id}`)) === undefined ? {} : { id, props };
  },
  async delete(id) {
    await turso("DELETE", `/groups/${id}`);
  },
};

const database = {
  diff,
  async create({ name, group: place }) {
    const { database: made } = await turso("POST", "/databases", { name, group: place });
    await turso("PATCH", `/databases/${name}/configuration`, { delete_protection: true });
    return { id: name, outs: { name, group: place, hostname: made.Hostname } };
  },
  async read(id, props) {
    const found = await Promise.all([turso("GET", `/databases/${id}`), turso("GET", `/databases/${id}/configuration`)]);
    return found.includes(undefined) ? {} : { id, props };
  },
  async delete(id) {
    await turso("PATCH", `/databases/${id}/configuration`, { delete_protection: false });
    await turso("DELETE", `/databases/${id}`);
  },
};

const token = {
  diff,
  async create({ database: name }) {
    const query = "expiration=90d&authorization=full-access";
    const { jwt } = await turso("POST", `/databases/${name}/auth/tokens?${query}`);
    return { id: `${name}/machine`, outs: { database: name, jwt } };
  },
};

const app = {
  diff,
  async create({ name, network }) {
    const org_slug = accounts().fly.organization;
    await call("fly", "POST", "/v1/apps?wait=true", { name, org_slug, network });
    for (const type of ["shared_v4", "v6"]) await call("fly", "POST", `/v1/apps/${name}/ip_assignments`, { type });
    return { id: name, outs: { name, network } };
  },
  async read(id, props) {
    const addresses = await call("fly", "GET", `/v1/apps/${id}/ip_assignments`);
    return addresses === undefined || (await call("fly", "GET", `/v1/apps/${id}`)) === undefined ? {} : { id, props };
  },
  async delete(id) {
    await call("fly", "DELETE", `/v1/apps/${id}`);
  },
};

const secrets = {
  diff,
  async create({ app: name, values }) {
    const { version } = await call("fly", "POST", `/v1/apps/${name}/secrets`, { values });
    return { id: `${name}/secrets`, outs: { app: name, values, version } };
  },
  async read(id, props) {
    return (await call("fly", "GET", `/v1/apps/${props.app}/secrets`)) === undefined ? {} : { id, props };
  },
};

const machine = {
  diff,
  async create({ app: name, config, version }) {
    const order = { name: `${name}-machine`, region: "iad", config, min_secrets_version: version };
    const { id } = await call("fly", "POST", `/v1/apps/${name}/machines`, order);
    for (let tries = 0; tries < 600; tries += 1) {
      const { state, checks = [] } = await call("fly", "GET", `/v1/apps/${name}/machines/${id}`);
      if (state === "started" && checks.every(({ status }) => status === "passing")) break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return { id, outs: { app: name, config, version } };
  },
  async read(id, props) {
    return (await call("fly", "GET", `/v1/apps/${props.app}/machines/${id}`)) === undefined ? {} : { id, props };
  },
  async delete(id, { app: name }) {
    await call("fly", "DELETE", `/v1/apps/${name}/machines/${id}?force=true`);
  },
};

class Thing extends pulumi.dynamic.Resource {}

const place = new Thing(group, "group", { name: "bench-local-iad", location: "aws-us-east-1" });

/** Everything that one tenant has. */
function bringUp(tenant) {
  const name = `bench-local-${tenant}`;
  const files = new Thing(bucket, `${tenant}-bucket`, { name, tenant });
  const access = new Thing(
    key,
    `${tenant}-key`,
    { bucket: name, arn: undefined, secret: undefined },
    { dependsOn: [files], additionalSecretOutputs: ["secret"] },
  );
  const rows = new Thing(database, `${tenant}-database`, { name, group: place.id, hostname: undefined });
  const opener = new Thing(
    token,
    `${tenant}-token`,
    { database: rows.id, jwt: undefined },
    { additionalSecretOutputs: ["jwt"] },
  );
  const home = new Thing(app, `${tenant}-app`, { name, network: `${name}-net` });
  const values = pulumi.secret({
    AWS_ACCESS_KEY_ID: access.id,
    AWS_SECRET_ACCESS_KEY: access.secret,
    DATABASE_AUTH_TOKEN: opener.jwt,
  });
  const given = new Thing(secrets, `${tenant}-secrets`, { app: home.id, values, version: undefined });
  const config = {
    image: "registry.example/notes:1",
    guest: { cpu_kind: "shared", cpus: 1, memory_mb: 1024 },
    env: {
      TENANT: tenant,
      BUCKET_NAME: files.id,
      LIBSQL_URL: pulumi.interpolate`http://${rows.hostname}`,
      MOUNT_PATH: "/app/data",
    },
    services: [{ protocol: "tcp", internal_port: 8080, ports: [{ port: 80, handlers: ["http"] }] }],
    checks: { ready: { type: "http", port: 8080, method: "GET", path: "/healthz", interval: "15s", timeout: "5s" } },
    restart: { policy: "on-failure", max_retries: 10 },
  };
  const runs = new Thing(machine, `${tenant}-machine`, { app: home.id, config, version: given.version });
  return { bucket: files.id, database: rows.id, machine: runs.id };
}

exports.fleet = Object.fromEntries(JSON.parse(readFileSync("tenants.json", "utf8")).map((id) => [id, bringUp(id)]));
