/** Where groups of the older platform are. Not in the answer of `GET /v1/locations` any more. */
export const OLDER_LOCATIONS: readonly string[] = ["fra", "iad", "sin"];

/** The answer of `GET /v1/locations`: what the vendor's OpenAPI document has, and four more that alchemy lists. */
export const LOCATIONS: Readonly<Record<string, string>> = {
  "aws-ap-northeast-1": "AWS AP NorthEast (Tokyo)",
  "aws-ap-south-1": "AWS AP South (Mumbai)",
  "aws-ap-southeast-2": "AWS AP SouthEast (Sydney)",
  "aws-ca-central-1": "AWS CA Central (Montreal)",
  "aws-eu-north-1": "AWS EU North (Stockholm)",
  "aws-eu-west-1": "AWS EU West (Ireland)",
  "aws-sa-east-1": "AWS SA East (Sao Paulo)",
  "aws-us-east-1": "AWS US East (Virginia)",
  "aws-us-east-2": "AWS US East (Ohio)",
  "aws-us-west-2": "AWS US West (Oregon)",
};
