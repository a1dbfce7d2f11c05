import type { S3Client } from "@aws-sdk/client-s3";

/**
 * Requests a consistent read from Tigris. A bucket that is global or in two regions is eventually consistent: without this a
 * read may return old data. Our clients send it wherever they decide by what they read. Buckets in one place, and other
 * vendors, ignore it. Source: Tigris' SDK for Go; in use by Litestream. No page of the documents has it today.
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
