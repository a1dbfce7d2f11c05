import { expect, it } from "@jest/globals";
import fc from "fast-check";

import { disguisesOf } from "./disguises.ts";

const secrets = fc.string({ minLength: 21, maxLength: 80 });
const encodings = fc.constantFrom<BufferEncoding>("utf8", "hex", "base64", "base64url");

it("a secret is found in whatever is encoded around it", () => {
  fc.assert(
    fc.property(secrets, fc.string(), fc.string(), encodings, (secret, before, after, encoding) => {
      const text = Buffer.from(before + secret + after).toString(encoding);
      expect(disguisesOf(secret).some((form) => text.includes(form))).toBe(true);
    }),
  );
});
