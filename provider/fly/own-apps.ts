import { TenantryError } from "../../errors/tenantry-error.ts";
import { networkName } from "../../tenants/physical-name.ts";
import type { Serving } from "../http/serving.ts";
import type { Call } from "../plugin/resource-type.ts";
import { lookUp, otherOrganization } from "./claims.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";

/** Something that is sent to an app by its name only, so that another app with this name would get it. */
interface InApp {
  readonly tenant: string;
  readonly app: string;
}

/** The caller: the owner of a tenant here, and the signal that stops the call. */
interface Asking extends Serving {
  readonly owner: Call["owner"];
}

/**
 * Which apps are ours. Secrets, addresses, new machines and volumes go to an app by its name, and somebody may have deleted
 * ours and created another with that name. Each app is read once in a run, and not at all if the run itself created it.
 */
export class OwnApps {
  readonly #client: FlyClient;
  readonly #organization: string;
  readonly #adopted = new Set<string>();
  readonly #ours = new Set<string>();
  /** Looks that are under way: secrets, addresses and volumes of an app are made at the same moment. */
  readonly #looks = new Map<string, Promise<string | undefined>>();

  constructor(client: FlyClient, organization: string) {
    this.#client = client;
    this.#organization = organization;
  }

  /** Notes that this run has made an app. */
  note(app: string): void {
    this.#ours.add(app);
  }

  /** Notes that this run has adopted an app that is in no state. */
  noteAdopted(app: string): void {
    this.#adopted.add(app);
    this.#ours.add(app);
  }

  /** Whether undeclared contents of an app remain from an interrupted run: no refresh could show them. */
  isAdopted(app: string): boolean {
    return this.#adopted.has(app);
  }

  /** Throws FLY_OTHER_APP if the app with this name belongs to somebody else. If the app is gone, Fly itself reports it. */
  async require({ app, tenant }: InApp, asking: Asking): Promise<void> {
    const who = await this.#otherHolder({ app, tenant }, asking);
    if (who !== undefined) throw new TenantryError(flyErrors.FLY_OTHER_APP, `app ${app} is held by ${who}`, { tenant });
  }

  /** Whether what was in our app is gone with it, for its name is another's. Says so to the user. */
  async isAnothers({ app, tenant }: InApp, call: Call): Promise<boolean> {
    const who = await this.#otherHolder({ app, tenant }, call);
    if (who === undefined) return false;
    call.log("warning", `app ${app} is not changed: the tenant's app is gone, and its name belongs to ${who}`);
    return true;
  }

  /** Who else has the name. Undefined where the app is ours, or gone, or Fly does not show its network. */
  async #otherHolder({ app, tenant }: InApp, asking: Asking): Promise<string | undefined> {
    if (this.#ours.has(app)) return undefined;
    const look = this.#looks.get(app) ?? this.#look({ app, tenant }, asking).finally(() => this.#looks.delete(app));
    this.#looks.set(app, look);
    return look;
  }

  async #look({ app, tenant }: InApp, { owner, signal }: Asking): Promise<string | undefined> {
    const to = { tenant, signal };
    const found = await lookUp(this.#client, app, to);
    if (found === undefined) return undefined;
    const other = otherOrganization(found, { organization: this.#organization });
    if (other !== undefined || found === "foreign") return other;
    const network = await this.#client.networkOf(found, to);
    if (network !== undefined && network !== networkName({ app, ...owner(tenant) }))
      return `its creator on network ${network}`;
    this.#ours.add(app);
    return undefined;
  }
}
