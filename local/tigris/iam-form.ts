import { Refusal } from "./refusal.ts";

/** The parameters of an IAM call: those of the query and those of the form in the body. */
export interface IamForm {
  readonly action: string;
  /** `?Detailed`: Tigris' richer answer to ListAccessKeys. */
  readonly isDetailed: boolean;
  get(name: string): string | undefined;
  /** Throws a Refusal when the parameter is missing. */
  need(name: string): string;
}

/** Reads the parameters. The body wins, as `Action` may be in either. */
export function iamForm(url: string, body: string): IamForm {
  const query = new URL(url, "http://iam").searchParams;
  const form = new URLSearchParams(body);
  const get = (name: string) => form.get(name) ?? query.get(name) ?? undefined;
  return {
    action: get("Action") ?? "",
    isDetailed: query.has("Detailed"),
    get,
    need(name) {
      const value = get(name);
      if (value === undefined || value === "") throw new Refusal(400, "ValidationError", `${name} is missing.`);
      return value;
    },
  };
}

/** One page of a listing in order, by IAM's `Marker` and `MaxItems`. */
export function iamPage<Item>(items: readonly Item[], keyOf: (item: Item) => string, form: IamForm) {
  const marker = form.get("Marker");
  const rest = marker === undefined || marker === "" ? items : items.filter((item) => keyOf(item) > marker);
  const page = rest.slice(0, Number(form.get("MaxItems") ?? 1000));
  const last = page.at(-1);
  const isTruncated = rest.length > page.length && last !== undefined;
  return { page, isTruncated, marker: isTruncated ? keyOf(last) : "" };
}
