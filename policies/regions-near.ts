import { REGIONS } from "../tenants/regions.ts";
import type { Tenant, TenantStorage } from "../tenants/model/tenant.ts";
import type { Policy } from "./policy.ts";

type Area = "north-america" | "south-america" | "europe" | "africa" | "asia" | "oceania";

const AREAS: Readonly<Record<Area, readonly string[]>> = {
  "north-america": ["dfw", "ewr", "iad", "lax", "ord", "sjc", "yyz", "usa", "us", "ca"],
  "south-america": ["gru", "sa"],
  europe: ["ams", "arn", "cdg", "fra", "lhr", "eur", "eu"],
  africa: ["jnb", "af"],
  asia: ["bom", "nrt", "sin", "ap"],
  oceania: ["syd"],
};

/** Refuses machine, database and bucket in different parts of the world. */
export const regionsNear: Policy = {
  name: "regions-near",
  demands:
    "Machine, database and bucket are on one continent, or where `region` puts them: every request of the app crosses the distance between them.",
  check: ({ tenant }) => [...databaseFindings(tenant), ...bucketFindings(tenant)],
};

function databaseFindings({ machine, database }: Tenant) {
  if (database.engine === "none") return [];
  const { location } = database;
  if (isNear(machine.region, areaOf(location), nearest(machine.region)?.database === location)) return [];
  const message = `the machine is in ${machine.region}, its database in ${location}: every query crosses that distance`;
  return [{ message, path: ["database", "location"] }];
}

function bucketFindings({ machine, storage }: Tenant) {
  const places = placesOf(storage);
  const fits = (place: string) =>
    place === "global" || isNear(machine.region, areaOf(place), nearest(machine.region)?.aws === place);
  if (places.length === 0 || places.some(fits)) return [];
  const message = `the machine is in ${machine.region}, its bucket in ${places.join(", ")}: every file crosses that distance`;
  return [{ message, path: ["storage", storage.backend === "aws-s3" ? "awsRegion" : "locations"] }];
}

/** A volume is always on its machine's host. */
function placesOf(storage: TenantStorage): readonly string[] {
  switch (storage.backend) {
    case "tigris":
      return storage.locations;
    case "aws-s3":
      return [storage.awsRegion];
    case "fly-volume":
      return [];
  }
}

/** An unclassified place is not a violation. */
function isNear(region: string, area: Area | undefined, isDefault: boolean): boolean {
  return isDefault || area === undefined || areaOf(region) === undefined || area === areaOf(region);
}

function nearest(region: string) {
  return Object.values(REGIONS).find(({ machine }) => machine === region);
}

/** Of a Fly or Tigris code by itself; of `aws-us-east-1` or `us-east-1` by its country. */
function areaOf(place: string): Area | undefined {
  const code = /^(?:aws-)?([a-z]+)(?:-|$)/.exec(place)?.[1] ?? place;
  if (place.endsWith("southeast-2")) return "oceania";
  return (Object.keys(AREAS) as Area[]).find((area) => AREAS[area].includes(code));
}
