import type { Accounts } from "../../stack/accounts.ts";
import { vendorHttp, type VendorHttpOptions } from "../http/vendor-http.ts";
import { type AddressCalls, addressCalls } from "./address-calls.ts";
import { flyApi } from "./api.ts";
import { type AppCalls, appCalls } from "./app-calls.ts";
import { type ExecCalls, execCalls } from "./exec-calls.ts";
import { type MachineCalls, machineCalls } from "./machine-calls.ts";
import { type OrganizationCalls, organizationCalls } from "./organization-calls.ts";
import { flyRateLimits } from "./rate-limits.ts";
import { type SecretCalls, secretCalls } from "./secret-calls.ts";
import { type VolumeCalls, volumeCalls } from "./volume-calls.ts";

/** Fly's address and the token for its calls. */
export type FlyAccount = Accounts["fly"];

/** The part of Fly's Machines API that the provider needs, within Fly's rate limits. */
export interface FlyClient
  extends AppCalls, AddressCalls, SecretCalls, MachineCalls, ExecCalls, VolumeCalls, OrganizationCalls {}

/** `http` changes time-outs, repeats and the clock. */
export function flyClient(
  account: FlyAccount,
  http: Partial<Pick<VendorHttpOptions, "timeoutMs" | "retries" | "now">> = {},
): FlyClient {
  const limits = flyRateLimits();
  const api = flyApi(
    vendorHttp({
      vendor: "Fly",
      baseUrl: account.endpoint.replace(/\/$/, ""),
      headers: { authorization: `Bearer ${account.token}` },
      requestIdHeader: "fly-request-id",
      admit: (call) => limits.admit(call),
      // With these cookies a client's reads go where its writes went (fly-go keeps them since 2026-04-23).
      keepsCookies: true,
      ...http,
    }),
  );
  return {
    ...appCalls(api),
    ...addressCalls(api, account.organization),
    ...secretCalls(api),
    ...machineCalls(api, http),
    ...execCalls(api),
    ...volumeCalls(api),
    ...organizationCalls(api),
  };
}
