import { textLike } from "./field.ts";

const REGISTRY = String.raw`(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?/)?`;
const NAME = String.raw`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*`;
const TAG = String.raw`:(?!latest(?:@|$))[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`;
const DIGEST = "@sha256:[0-9a-f]{64}";
const PATTERN = new RegExp(`^(?=.{1,512}$)${REGISTRY}${NAME}(?:${TAG}(?:${DIGEST})?|${DIGEST})$`);

/**
 * A container image with a tag or a digest. `latest` is refused, because the image could change while the plan shows no
 * change.
 */
export const image = textLike(
  PATTERN,
  "expected an image with a digest or a tag other than latest, such as ghcr.io/acme/agent@sha256:… or ghcr.io/acme/agent:1.4.2",
);
