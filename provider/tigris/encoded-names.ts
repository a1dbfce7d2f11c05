/** Asks a list for encoded names. XML cannot hold most control characters: asked for it, S3 and what is like it encode them. */
export const ENCODED = { EncodingType: "url" } as const;

/** The decoded name of an object in an answer. Throws a URIError for invalid text. Source: S3, ListObjectsV2, EncodingType. */
export function nameIn({ EncodingType }: { EncodingType?: string | undefined }, listed = ""): string {
  return EncodingType === "url" ? decodeURIComponent(listed.replaceAll("+", " ")) : listed;
}
