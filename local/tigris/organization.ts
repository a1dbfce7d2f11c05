/** The one organisation that the embedded Tigris has; Tigris calls it a namespace. */
export const ORGANIZATION = "org_embedded";

/** The name of a policy as every call names it. */
export function policyArn(name: string): string {
  return `arn:aws:iam::${ORGANIZATION}:policy/${name}`;
}

/** The policy's name in `arn`, or undefined when `arn` names no policy of this organisation. */
export function policyNameOf(arn: string): string | undefined {
  const prefix = policyArn("");
  return arn.startsWith(prefix) && arn.length > prefix.length ? arn.slice(prefix.length) : undefined;
}
