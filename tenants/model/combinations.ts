import { memoryLimitFor } from "../../container/memory.ts";
import { durationSeconds } from "./duration.ts";
import { orList } from "./field.ts";
import type { Path, Problem } from "./problem.ts";
import type { TenantSettings } from "./settings.ts";
import type { OwnerlessFile, Plan } from "./tenant-file.ts";

/**
 * Checks across several fields of a tenant file. Every problem names in `path` and `or` all the fields it looked at. `own` is
 * what the file itself says; the owner plays no part.
 */
export function tenantProblems(settings: TenantSettings, own: OwnerlessFile): Problem[] {
  return [
    ...planProblems(settings, own),
    ...imageless(settings),
    ...halfSchema(settings),
    ...snapshotSpans(settings),
    ...suspension(own),
    ...held(own),
    ...tombstone(own),
    ...onlyOfLeaving("purgeAfter", own.purgeAfter, own.state ?? "active"),
    ...inUse(settings, own),
    ...accessKeys(settings, own),
  ];
}

/** The same for a plan, which must hold together by itself. */
export function planProblems(settings: TenantSettings, own: Plan | OwnerlessFile): Problem[] {
  return [
    ...withoutEffect(settings, own),
    ...processors(settings),
    ...memory(settings),
    ...mountMemory(settings),
    ...suspending(settings),
  ];
}

const ONLY_FOR: readonly { readonly path: Path; readonly when: Path; readonly are: readonly string[] }[] = [
  ...["locations", "snapshots"].map((name) => onlyFor(["storage", name], ["tigris"])),
  { path: ["snapshots"], when: ["storage", "snapshots"], are: ["true"] },
  onlyFor(["storage", "softDeleteDays"], ["tigris", "aws-s3"]),
  onlyFor(["storage", "awsRegion"], ["aws-s3"]),
  onlyFor(["storage", "volume"], ["fly-volume"]),
  ...["durability", "memoryLimitMb", "statCacheTtl"].map((name) => onlyFor(["mount", name], ["tigris", "aws-s3"])),
  ...["sizeLimit", "location", "schema"].map((name) => ({
    path: ["database", name],
    when: ["database", "engine"],
    are: ["turso"],
  })),
];

function onlyFor(path: Path, backends: readonly string[]): { path: Path; when: Path; are: readonly string[] } {
  return { path, when: ["storage", "backend"], are: backends };
}

/** A setting that would be ignored is a misunderstanding. Those that come from the plan are simply left out. */
function withoutEffect(settings: TenantSettings, own: Plan | OwnerlessFile): Problem[] {
  return ONLY_FOR.filter(
    ({ path, when, are }) =>
      at(own, path) !== undefined &&
      !are.includes(String(at(settings, when))) &&
      !(path[0] === "storage" && keptBackends(own).some((backend) => are.includes(backend))),
  ).map(({ path, when, are }) => ({
    path,
    or: [when],
    atKey: true,
    code: "combination",
    message: `applies only when ${when.join(".")} is ${orList(are)}; here it is ${String(at(settings, when))}`,
  }));
}

function at(value: unknown, [name, ...rest]: Path): unknown {
  if (name === undefined) return value;
  return value === null || typeof value !== "object"
    ? undefined
    : at((value as Record<PropertyKey, unknown>)[name], rest);
}

/** Source: Fly's presets, fly-go and machine-sizing. */
const CPUS = { shared: [1, 2, 4, 6, 8], performance: [1, 2, 4, 6, 8, 10, 12, 14, 16] };
/** MiB per CPU. Source: the same. */
const MEMORY = {
  shared: { least: 256, most: 2048, step: 256 },
  performance: { least: 2048, most: 8192, step: 2048 },
};

function processors({ machine }: TenantSettings): Problem[] {
  const allowed = CPUS[machine.cpuKind];
  if (allowed.includes(machine.cpus)) return [];
  return [
    {
      path: ["machine", "cpus"],
      or: [["machine", "cpuKind"]],
      code: "combination",
      message: `expected ${orList(allowed.map(String))} for ${machine.cpuKind} CPUs`,
    },
  ];
}

function memory({ machine: { cpuKind, cpus, memoryMb } }: TenantSettings): Problem[] {
  const { least, most, step } = MEMORY[cpuKind];
  if (memoryMb >= least * cpus && memoryMb <= most * cpus && memoryMb % step === 0) return [];
  return [
    {
      path: ["machine", "memoryMb"],
      or: [
        ["machine", "cpus"],
        ["machine", "cpuKind"],
      ],
      code: "combination",
      message: `expected ${least * cpus} to ${most * cpus} in steps of ${step} for ${cpus} ${cpuKind} ${cpus === 1 ? "CPU" : "CPUs"}; it is ${memoryMb}`,
    },
  ];
}

function mountMemory({ storage, mount, machine }: TenantSettings): Problem[] {
  const fits = memoryLimitFor({ memoryMb: machine.memoryMb, appMb: 0 }) ?? 0;
  if (storage.backend === "fly-volume" || mount.memoryLimitMb <= fits) return [];
  return [
    {
      path: ["mount", "memoryLimitMb"],
      or: [
        ["machine", "memoryMb"],
        ["storage", "backend"],
      ],
      code: "combination",
      message: `${mount.memoryLimitMb} does not fit in a machine of ${machine.memoryMb} MiB: expected at most ${fits}`,
      hint: "TigrisFS takes 1.3 times its limit and up to 130 MiB more; 64 MiB stay free",
    },
  ];
}

function suspending({ storage, machine }: TenantSettings): Problem[] {
  if (machine.autostop !== "suspend") return [];
  const problem = {
    path: ["machine", "autostop"],
    or: [
      ["storage", "backend"],
      ["machine", "memoryMb"],
    ],
    code: "combination",
  } as const;
  if (storage.backend !== "fly-volume") {
    return [{ ...problem, message: "expected stop or off: suspend would lose files that are not uploaded yet" }];
  }
  if (machine.memoryMb <= 2048) return [];
  return [
    {
      ...problem,
      message: `expected stop or off: Fly suspends machines of up to 2048 MiB; this one has ${machine.memoryMb}`,
    },
  ];
}

function imageless({ machine }: TenantSettings): Problem[] {
  if (machine.image !== undefined) return [];
  return [
    {
      path: ["machine", "image"],
      or: [["plan"]],
      code: "missing",
      message: "expected an image, because the plan has none",
    },
  ];
}

/** A plan may name the folder or the command alone, and each tenant its version. */
function halfSchema({ database: { schema } }: TenantSettings): Problem[] {
  if (schema === undefined) return [];
  const { from, command, version } = schema;
  const or = [["database", "schema"], ["plan"]];
  if (from !== undefined && command !== undefined)
    return [
      {
        path: ["database", "schema", "command"],
        or: [["database", "schema", "from"], ...or],
        code: "combination",
        message: "expected either database.schema.from or database.schema.command, here and in the plan together",
      },
    ];
  if (command === undefined && schema.mayShrink !== undefined)
    return [
      {
        path: ["database", "schema", "mayShrink"],
        or: [["database", "schema", "from"], ...or],
        atKey: true,
        code: "combination",
        message: "applies only with database.schema.command: of SQL files the statements say it",
      },
    ];
  const hasSource = from !== undefined || command !== undefined;
  const isNone = version === undefined && schema.check === undefined;
  if (hasSource ? version !== undefined : isNone) return [];
  const missing = hasSource ? "version" : "from";
  return [
    {
      path: ["database", "schema", missing],
      or,
      code: "missing",
      message: `expected database.schema.${missing}${hasSource ? "" : " or database.schema.command"} here or in the plan: the other one is set`,
    },
  ];
}

/** If snapshots are listed for a shorter time than the interval, a tenant has times without any. */
function snapshotSpans({ snapshots: { every, keep } }: TenantSettings): Problem[] {
  if (every === undefined || durationSeconds(keep) >= durationSeconds(every)) return [];
  return [
    {
      path: ["snapshots", "keep"],
      or: [["snapshots", "every"], ["plan"]],
      code: "combination",
      message: `expected at least ${every}, which is snapshots.every; it is ${keep}`,
    },
  ];
}

/** A reason that stays after its suspension would be read as the reason of the next one. */
function suspension({ state = "active", reason }: OwnerlessFile): Problem[] {
  if (reason === undefined || state !== "active") return [];
  return [
    {
      path: ["reason"],
      or: [["state"]],
      atKey: true,
      code: "combination",
      message: "applies only when state is suspended, offboarding or purged; here it is active",
    },
  ];
}

function held({ state = "active", hold }: OwnerlessFile): Problem[] {
  if (hold === undefined || (state !== "offboarding" && state !== "purged")) return [];
  return [
    {
      path: ["state"],
      or: [["hold"]],
      code: "combination",
      message: `expected active or suspended, because the tenant is on hold: ${hold}`,
      hint: "remove `hold` when its data may be deleted",
    },
  ];
}

function tombstone({ state = "active", manifest }: OwnerlessFile): Problem[] {
  if (state === "purged" && manifest === undefined) {
    return [
      {
        path: ["manifest"],
        or: [["state"]],
        code: "missing",
        message: "expected the manifest of the tenant's export: nothing is purged without one",
        hint: "`tenantry offboard --export` writes it while the state is suspended or offboarding",
      },
    ];
  }
  return onlyOfLeaving("manifest", manifest, state);
}

/** A field that has a meaning only for a tenant that is being removed. */
function onlyOfLeaving(field: string, value: unknown, state: string): Problem[] {
  if (value === undefined || state === "offboarding" || state === "purged") return [];
  return [
    {
      path: [field],
      or: [["state"]],
      atKey: true,
      code: "combination",
      message: `applies only when state is offboarding or purged; here it is ${state}`,
    },
  ];
}

function keptBackends(own: Plan | OwnerlessFile): string[] {
  return Object.keys(at(own, ["storage", "kept"]) ?? {});
}

function inUse({ storage: { backend } }: TenantSettings, own: OwnerlessFile): Problem[] {
  if (!keptBackends(own).includes(backend)) return [];
  return [
    {
      path: ["storage", "kept", backend],
      or: [["storage", "backend"]],
      atKey: true,
      code: "combination",
      message: `expected a backend that the tenant has left: ${backend} is the one it uses`,
    },
  ];
}

function accessKeys({ storage }: TenantSettings, own: OwnerlessFile): Problem[] {
  const { access = [] } = own;
  const hasBucket = [storage.backend, ...keptBackends(own)].some((backend) => backend !== "fly-volume");
  if (!hasBucket && access.length > 0) {
    return [
      {
        path: ["access"],
        atKey: true,
        code: "combination",
        message: "a Fly volume has no keys: only its machine can access it",
      },
    ];
  }
  const names = access.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: ["access", index, "name"],
            code: "combination",
            message: `expected a name of its own: access[${names.indexOf(name)}] has the same`,
          },
        ],
  );
}
