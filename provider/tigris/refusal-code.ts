import * as z from "zod";

import { VendorError } from "../http/vendor-error.ts";

const code = z.string().optional();
const shapes = z.object({ Code: code, code, Error: z.object({ Code: code }).optional() });

/**
 * The code of a refusal: `NoSuchBucket`, `AccessDenied`, `EntityAlreadyExists`. Tigris gives it in XML, in S3's or IAM's
 * form, or in JSON; its IAM answers may leave it out (@tigrisdata/iam reads `Message` alone). Undefined for everything else.
 */
export function refusalCode(error: unknown): string | undefined {
  if (!(error instanceof VendorError)) return undefined;
  if (typeof error.body === "string") return /<Code>([^<]+)<\/Code>/.exec(error.body)?.[1];
  const { data } = shapes.safeParse(error.body);
  return data?.Code ?? data?.code ?? data?.Error?.Code;
}

/** Whether Tigris refused with this status, and with one of these codes where it gave any. */
export function isRefusal(error: unknown, status: number, ...codes: string[]): error is VendorError {
  if (!VendorError.hasStatus(error, status)) return false;
  const given = refusalCode(error);
  return given === undefined ? isFromTheApi(error) : codes.includes(given);
}

/** A 404 of a proxy or a wrong address, in HTML or in its own JSON, does not show that a resource does not exist. */
function isFromTheApi({ body }: VendorError): boolean {
  return z.object({ Message: z.string() }).safeParse(body).success;
}
