import * as z from "zod";

import { textLike } from "./field.ts";

const NAME = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,38}$/;
const VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** What people sort tenants by: `{ tier: beta }`. */
export const labels = z.record(
  textLike(NAME, "expected a label's name: 1 to 39 characters a-z, 0-9 and single dashes, starting with a letter"),
  textLike(VALUE, "expected a label's value: 1 to 63 characters a-z, A-Z, 0-9, dots, dashes and _"),
);
