import type { S3Client } from "@aws-sdk/client-s3";

interface Answered {
  readonly response: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

/**
 * Turns a web page instead of Tigris' answer, as a proxy or a network's sign-in sends it, into an error of every call of this
 * client, with any status: S3 itself never answers with a page, and the SDK reads one as an empty list or a successful
 * deletion. An object that is a page has an ETag.
 */
export function refusePages<Client extends Pick<S3Client, "middlewareStack">>(client: Client): Client {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { statusCode = 0, headers = {} } = (result as unknown as Answered).response;
      const isPage = /^text\/html\b/i.test(headers["content-type"] ?? "") && headers["etag"] === undefined;
      if (isPage && statusCode < 300) throw new Error("it answered with a web page");
      return result;
    },
    { step: "deserialize", name: "tigrisNoPages", priority: "low" },
  );
  return client;
}
