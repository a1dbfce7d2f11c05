/** Where a group is, as `GET /groups/{group}` tells it. */
interface Placed {
  readonly primary: string;
  readonly locations: readonly string[];
}

/**
 * The location of a group, in the form that creating one takes. Turso may name the same place `us-east-1` in `primary` and
 * `aws-us-east-1` in `locations`.
 */
export function groupLocation({ primary, locations }: Placed): string {
  return locations.find((location) => sameLocation(location, primary)) ?? primary;
}

/** Whether two codes mean one place, with or without the provider's prefix. */
export function sameLocation(one: string, other: string): boolean {
  return bare(one) === bare(other);
}

function bare(location: string): string {
  return location.replace(/^aws-/, "");
}
