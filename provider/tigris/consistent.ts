import type { S3Client } from "@aws-sdk/client-s3";

/**
 * Asks Tigris for what is so now. A bucket that is global or in two regions is eventually consistent: without this a read
 * may tell what was there before. Our clients send it wherever they decide on what they read. Buckets of one place, and other
 * vendors, do not mind it. Source: Tigris' SDK for Go; in use by Litestream. No page of the documents has it today.
 */
export const CONSISTENT = { name: "X-Tigris-Consistent", value: "true" } as const;

/** Makes every call of this client ask so. The header is part of what is signed. */
export function askConsistently<Client extends Pick<S3Client, "middlewareStack">>(client: Client): Client {
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers[CONSISTENT.name.toLowerCase()] = CONSISTENT.value;
      return next(args);
    },
    { step: "build", name: "tigrisConsistent" },
  );
  return client;
}
