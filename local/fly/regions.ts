/** A row of `GET /v1/platform/regions`: code, name, area, latitude, longitude (Fly docs, "Regions", August 2026). */
const ROWS = [
  ["ams", "Amsterdam, Netherlands", "europe", 52.37, 4.9],
  ["arn", "Stockholm, Sweden", "europe", 59.65, 17.92],
  ["bom", "Mumbai, India", "asia", 19.09, 72.87],
  ["cdg", "Paris, France", "europe", 48.86, 2.35],
  ["dfw", "Dallas, Texas (US)", "north_america", 32.9, -97.04],
  ["ewr", "Secaucus, NJ (US)", "north_america", 40.79, -74.06],
  ["fra", "Frankfurt, Germany", "europe", 50.11, 8.68],
  ["gru", "Sao Paulo, Brazil", "south_america", -23.55, -46.63],
  ["iad", "Ashburn, Virginia (US)", "north_america", 39.04, -77.49],
  ["jnb", "Johannesburg, South Africa", "africa", -26.2, 28.05],
  ["lax", "Los Angeles, California (US)", "north_america", 34.05, -118.24],
  ["lhr", "London, United Kingdom", "europe", 51.51, -0.13],
  ["nrt", "Tokyo, Japan", "asia", 35.62, 139.78],
  ["ord", "Chicago, Illinois (US)", "north_america", 41.88, -87.63],
  ["sin", "Singapore, Singapore", "asia", 1.35, 103.82],
  ["sjc", "San Jose, California (US)", "north_america", 37.34, -121.89],
  ["syd", "Sydney, Australia", "oceania", -33.87, 151.21],
  ["yyz", "Toronto, Canada", "north_america", 43.65, -79.38],
] as const;

/** The region for "near the caller" when a request names none. */
export const NEAREST = "iad";

export const REGIONS = ROWS.map(([code, name, area, latitude, longitude]) => ({
  code,
  name,
  geo_region: area,
  latitude,
  longitude,
  gateway_available: true,
  requires_paid_plan: false,
  deprecated: false,
}));

const CODES: ReadonlySet<string> = new Set(ROWS.map(([code]) => code));

export function isRegion(code: string): boolean {
  return CODES.has(code);
}
