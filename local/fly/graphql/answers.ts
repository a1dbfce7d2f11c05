import { GraphQLError } from "graphql";

import { statusOf } from "../apps.ts";
import { ORGANIZATION } from "../organization.ts";
import type { Platform } from "../platform.ts";
import type { AddressRecord, AppRecord, TokenRecord } from "../records.ts";
import { partsOf } from "../tables.ts";

const organization = {
  id: ORGANIZATION.slug,
  internalNumericId: String(ORGANIZATION.numericId),
  slug: ORGANIZATION.slug,
  rawSlug: ORGANIZATION.slug,
  name: ORGANIZATION.name,
  type: "SHARED",
  paidPlan: true,
  billable: true,
  viewerRole: "admin",
};

/** The answers of the schema's queries for a caller with `access`: a deploy token sees only its own app. */
export function answers({ tables }: Platform, access: TokenRecord) {
  const visible = tables.apps
    .entries()
    .map(([, app]) => app)
    .filter(({ id }) => access.kind !== "deploy" || access.app === id);
  return {
    apps: () => ({
      nodes: visible.map((app) => shown(tables, app)),
      pageInfo: { hasNextPage: false, endCursor: null },
      totalCount: visible.length,
    }),
    app({ name }: { name?: string }) {
      const found = visible.find((app) => app.name === name);
      if (found === undefined) throw notFound("App");
      return shown(tables, found);
    },
    organizations: () => ({ nodes: [organization] }),
    organization({ id, slug }: { id?: string; slug?: string }) {
      if ((slug ?? id) !== ORGANIZATION.slug) throw notFound("Organization");
      return organization;
    },
    // Fly knows versions of its own images only; flyctl looks for these words, and goes on.
    latestImageDetails({ image }: { image: string }) {
      throw new GraphQLError(`Unknown repository "${image}"`);
    },
    // A token of an organisation belongs to no person.
    viewer: { __typename: "Macaroon", email: null },
  };
}

function notFound(what: string): GraphQLError {
  return new GraphQLError(`Could not find ${what}`, { extensions: { code: "NOT_FOUND" } });
}

function shown(tables: Platform["tables"], app: AppRecord) {
  const { name, numericId, network, createdAt } = app;
  const status = statusOf(tables, app);
  const { ingress = [], egress = [] } = Object.groupBy(partsOf(tables.addresses, app), (each) =>
    each.egress === true ? "egress" : "ingress",
  );
  return {
    // Fly's GraphQL names an app by its name.
    id: name,
    internalNumericId: numericId,
    name,
    hostname: `${name}.fly.dev`,
    cnameTarget: null,
    appUrl: `https://${name}.fly.dev`,
    deployed: status !== "pending",
    status,
    network,
    platformVersion: "machines",
    createdAt: new Date(createdAt).toISOString(),
    organization,
    role: null,
    // Machines that are made by the API have no release: those are flyctl's own.
    currentRelease: null,
    releases: { nodes: [] },
    releasesUnprocessed: { nodes: [] },
    ipAddresses: { nodes: ingress.filter(({ kind }) => kind !== "shared_v4").map(address) },
    sharedIpAddress: ingress.find(({ kind }) => kind === "shared_v4")?.ip ?? null,
    egressIpAddresses: { nodes: egress.map(egressAddress) },
    secrets: partsOf(tables.secrets, app).map((secret) => ({ id: secret.name, ...secret })),
  };
}

function address({ ip, kind, region, createdAt, network, serviceName }: AddressRecord) {
  const from = kind === "private_v6" ? { network: { name: network ?? "", organization } } : {};
  return { id: ip, address: ip, type: kind, region, createdAt, serviceName, ...from };
}

function egressAddress({ ip, kind, region, createdAt }: AddressRecord) {
  return { id: ip, ip, version: kind === "v4" ? 4 : 6, region, updatedAt: createdAt };
}
