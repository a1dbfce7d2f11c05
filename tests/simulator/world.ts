import type { Chance } from "./chance.ts";
import { chanceOf } from "./chance.ts";
import { type Host, Network } from "./network.ts";
import { flyModel } from "./vendors/fly.ts";
import type { FlyTables } from "./vendors/fly-records.ts";
import { iamModel, type IamTables } from "./vendors/tigris-iam.ts";
import { type BucketTables, tigrisModel } from "./vendors/tigris.ts";
import { tursoModel, type TursoTables } from "./vendors/turso.ts";
import type { Nature, VendorAnswer, VendorRequest } from "./vendors/vendor.ts";
import { runs, type VirtualTime } from "./virtual-time.ts";

export const ORGANIZATION = "tenantry-local";

/** Host names that nobody has. */
const HOSTS = { tigris: "tigris.invalid", iam: "iam.invalid", turso: "turso.invalid", fly: "fly.invalid" } as const;

/** Where the vendors are, for accounts. */
export const ENDPOINTS = {
  tigris: { endpoint: `https://${HOSTS.tigris}`, pathStyle: true, iamEndpoint: `https://${HOSTS.iam}` },
  turso: { endpoint: `https://${HOSTS.turso}`, organization: ORGANIZATION },
  fly: { endpoint: `https://${HOSTS.fly}`, organization: ORGANIZATION },
} as const;

export interface Tables {
  readonly storage: BucketTables;
  readonly iam: IamTables;
  readonly turso: TursoTables;
  readonly fly: FlyTables;
}

/** Something that held data and is gone. */
export interface Loss {
  readonly run: string;
  readonly what: string;
}

/** The vendors of one simulation, the network before them, and what is written down of all that happens. */
export class World {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly tables: Tables;
  readonly models: Readonly<Record<Host["vendor"], Host["model"]>>;
  readonly losses: Loss[] = [];
  /** Configs of machines that a run wrote over without having seen them. */
  readonly unseen: string[] = [];
  /** Ids of what was made by a request whose sender had given up, or that came a second time. */
  readonly strays = new Set<string>();
  /** Changes that came after their sender had given up, or a second time. */
  late = 0;
  /** Secrets that vendors have given out. */
  readonly secrets = new Set<string>();
  /** Calls that change something, by run. */
  readonly changes = new Map<string, number>();
  /** Done once the call of this number has arrived. */
  plan: { at: number; act: () => void }[] = [];
  readonly #versions = new Map<string, Set<string>>();
  #actor = "";
  #before: string | undefined;

  constructor(seed: number, time: VirtualTime) {
    this.time = time;
    this.chance = chanceOf(seed);
    const own = chanceOf(seed + 1);
    const nature: Nature = {
      now: () => time.now(),
      hex: (digits) => own.hex(digits),
      workMs: () => own.between({ least: 0, most: 2500 }),
    };
    const gone = (what: string) => {
      this.losses.push({ run: this.#actor, what });
    };
    const storage = tigrisModel(nature, { gone: (each) => each.objects.size > 0 && gone(`bucket ${each.name}`) });
    const iam = iamModel(nature, (bucket) => storage.tables.buckets.get(bucket)?.isDeleted === false);
    const turso = tursoModel(nature, {
      organization: ORGANIZATION,
      // Of a copy the original is there.
      gone: (each) => each.rows > 0 && each.parent === null && gone(`database ${each.name}`),
    });
    const fly = flyModel(nature, {
      organization: ORGANIZATION,
      gone: (each) => each.holds && gone(`volume ${each.id}`),
    });
    this.models = { tigris: storage.model, iam: iam.model, turso: turso.model, fly: fly.model };
    this.tables = { storage: storage.tables, iam: iam.tables, turso: turso.tables, fly: fly.tables };
    this.network = new Network(time, chanceOf(seed + 2), (name) => this.#hostOf(name), {
      before: (call) => {
        this.#arriving(call);
      },
      after: (call) => {
        this.#arrived(call);
      },
      heard: ({ run, answer }) => {
        for (const version of versionsIn(answer)) this.#versionsOf(run).add(version);
      },
    });
  }

  /** Asks a vendor itself, past the network. */
  asOutsider(
    vendor: Host["vendor"],
    request: Pick<VendorRequest, "method"> & { path: string; headers?: Record<string, string>; body?: string },
  ): VendorAnswer {
    const { method, path, headers = {}, body = "" } = request;
    this.#actor = "outsider";
    return this.models[vendor].answer({ method, url: new URL(path, `https://${HOSTS[vendor]}`), headers, body });
  }

  #hostOf(name: string): Host {
    const vendor = (Object.keys(HOSTS) as Host["vendor"][]).find((each) => HOSTS[each] === name) ?? "turso";
    return { vendor, model: this.models[vendor] };
  }

  #arriving({
    run,
    number,
    operation,
    request,
  }: {
    run: string;
    number: number;
    operation: string;
    request: VendorRequest;
  }): void {
    for (const each of this.plan.filter(({ at }) => at <= number)) {
      this.plan = this.plan.filter((other) => other !== each);
      runs.exit(each.act);
    }
    this.#actor = run;
    this.#before = operation === UPDATE ? this.#versionAt(request.url.pathname) : undefined;
  }

  #arrived(call: {
    run: string;
    vendor: Host["vendor"];
    operation: string;
    request: VendorRequest;
    answer: VendorAnswer;
    isStray: boolean;
  }): void {
    const { run, vendor, operation, request, answer, isStray } = call;
    if (!isRead(vendor, operation, request.method)) {
      this.changes.set(run, (this.changes.get(run) ?? 0) + 1);
      if (isStray) this.late += 1;
    }
    if (answer.status >= 300) return;
    for (const secret of secretsIn(answer.body)) this.secrets.add(secret);
    if (isStray && request.method === "POST") for (const id of idsIn(answer.body)) this.strays.add(id);
    if (operation === "DeleteObjects") this.losses.push({ run, what: `objects of ${request.url.pathname}` });
    if (this.#before !== undefined && !this.#versionsOf(run).has(this.#before))
      this.unseen.push(`${run} wrote over version ${this.#before} of ${request.url.pathname}`);
  }

  #versionAt(path: string): string | undefined {
    const [, app = "", machine = ""] = /^\/v1\/apps\/([^/]+)\/machines\/([^/]+)$/.exec(path) ?? [];
    return this.tables.fly.apps.get(app)?.machines.get(machine)?.instanceId;
  }

  #versionsOf(run: string): Set<string> {
    const known = this.#versions.get(run) ?? new Set<string>();
    this.#versions.set(run, known);
    return known;
  }
}

/**
 * What the vendors hold but keys that came into being when nobody waited for them any more. They open nothing, and go at the
 * next rotation of their purpose (provider/tigris/access-key.ts, `mint`); until then the policy that they were meant for stays.
 */
export function withoutStrays({ tables, strays }: World): Tables {
  const { keys, policies } = tables.iam;
  const isStray = (id: string) => strays.has(id) && keys.get(id)?.policies.size === 0;
  const ofPolicy = (policy: string) => [...keys.values()].filter(({ name }) => name.startsWith(`${policy}_e`));
  const isLeft = (policy: string) => ofPolicy(policy).length > 0 && ofPolicy(policy).every(({ id }) => isStray(id));
  return {
    ...tables,
    iam: {
      keys: new Map([...keys].filter(([id]) => !isStray(id))),
      policies: new Map([...policies].filter(([name]) => !isLeft(name))),
    },
  };
}

const UPDATE = "POST /v1/apps/{app}/machines/{machine}";

function isRead(vendor: Host["vendor"], operation: string, method: string): boolean {
  if (vendor === "iam") return /^(?:List|Get)/.test(operation);
  return method === "GET" || operation === "POST /v2/pipeline";
}

function versionsIn({ body }: VendorAnswer): string[] {
  return [...body.matchAll(/"instance_id":"([^"]+)"/g)].map(([, version = ""]) => version);
}

function secretsIn(body: string): string[] {
  return [...body.matchAll(/"(?:SecretAccessKey|jwt)":"([^"]+)"/g)].map(([, secret = ""]) => secret);
}

function idsIn(body: string): string[] {
  return [...body.matchAll(/"(?:AccessKeyId|id|ip)":"([^"]+)"/g)].map(([, id = ""]) => id);
}
