import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { run } from "../support/scratch-project.ts";
import { FakeMachine } from "./fake-machine.ts";

/** Kinds of packages that a lock file knows; each is a folder of the clone, so that no registry is asked. */
const KINDS = {
  dependencies: "needed",
  devDependencies: "only-development",
  optionalDependencies: "optional",
} as const;

let machine: FakeMachine;
let clone: string;

beforeEach(() => {
  machine = new FakeMachine();
  machine.putNode();
  clone = machine.clone();
  const wanted = Object.entries(KINDS).map(([kind, name]) => [kind, { [name]: `file:packages/${name}` }]);
  const links = Object.values(KINDS).flatMap((name) => [
    [`node_modules/${name}`, { resolved: `packages/${name}`, link: true, ...flagOf(name) }],
    [`packages/${name}`, { version: "1.0.0", ...flagOf(name) }],
  ]);
  const root = { name: "clone", version: "1.0.0", ...(Object.fromEntries(wanted) as Record<string, object>) };
  writeFileSync(join(clone, "package.json"), JSON.stringify({ ...root, type: "module" }));
  writeFileSync(
    join(clone, "package-lock.json"),
    JSON.stringify({
      ...root,
      lockfileVersion: 3,
      packages: { "": root, ...(Object.fromEntries(links) as Record<string, object>) },
    }),
  );
  for (const name of Object.values(KINDS)) {
    const folder = join(clone, "packages", name);
    mkdirSync(folder, { recursive: true });
    const scripts = { postinstall: "touch ran" };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "1.0.0", scripts }));
  }
  // The real npm, which must not find a registry, with the Node that runs this test.
  machine.put("npm", `PATH='${process.env["PATH"] ?? ""}' npm_config_registry=http://127.0.0.1:9 exec npm "$@"`);
});

afterEach(() => {
  machine.remove();
});

function flagOf(name: string): object {
  return name === "only-development" ? { dev: true } : name === "optional" ? { optional: true } : {};
}

const install = (env: Record<string, string>) => machine.run(join(clone, "tools/install.sh"), ["run"], env);
const installed = () => readdirSync(join(clone, "node_modules")).filter((name) => !name.startsWith("."));

describe("npm packages are installed whole, and none of their scripts runs", () => {
  // Each of what leaves a kind out is enough for that, so that all of them can be tried at once.
  it.each<[string, Record<string, string>]>([
    [
      "NODE_ENV=production, npm_config_omit of two kinds, and npm's older words for it",
      {
        NODE_ENV: "production",
        npm_config_omit: "dev optional",
        npm_config_production: "true",
        npm_config_only: "production",
        npm_config_optional: "false",
      },
    ],
    [
      "npm_config_ignore_scripts=false, npm_config_dry_run=true and npm_config_global=true",
      { npm_config_ignore_scripts: "false", npm_config_dry_run: "true", npm_config_global: "true" },
    ],
  ])("under %s", async (_, env) => {
    expect(await install(env)).toMatchObject({ code: 0 });
    expect(installed().sort()).toEqual(Object.values(KINDS).sort());
    const ran = Object.values(KINDS).filter((name) => readdirSync(join(clone, "packages", name)).includes("ran"));
    expect(ran).toEqual([]);
  });

  it("under an .npmrc of the home that leaves kinds out", async () => {
    mkdirSync(join(machine.dir, "home"), { recursive: true });
    writeFileSync(join(machine.dir, "home/.npmrc"), "omit[]=dev\nomit[]=optional\nproduction=true\n");
    expect(await install({})).toMatchObject({ code: 0 });
    expect(installed().sort()).toEqual(Object.values(KINDS).sort());
  });

  it("again where somebody's own npm has left kinds out before", async () => {
    await run(
      "npm",
      ["ci", "--omit=dev", "--omit=optional", "--ignore-scripts", "--registry=http://127.0.0.1:9"],
      clone,
      process.env,
    );
    expect(installed()).toEqual(["needed"]);
    expect(await install({})).toMatchObject({ code: 0 });
    expect(installed().sort()).toEqual(Object.values(KINDS).sort());
  });
});

describe("what is installed can be read by the users that machines run as", () => {
  const isOpen = (path: string) => (statSync(path).mode & 0o005) === 0o005;
  const strictly = (umask: string) =>
    run("sh", ["-c", `umask ${umask}; exec "$0" run`, join(clone, "tools/install.sh")], clone, {
      PATH: machine.bin,
      HOME: join(machine.dir, "home"),
      XDG_CACHE_HOME: machine.cache,
      FAKE_NODE: process.execPath,
    });

  it.each(["027", "077", "0777"])("under umask %s", async (umask) => {
    mkdirSync(join(clone, "container"), { mode: 0o700 });
    writeFileSync(join(clone, "container/main.ts"), "", { mode: 0o600 });
    expect(await strictly(umask)).toMatchObject({ code: 0 });
    expect(isOpen(join(clone, "node_modules"))).toBe(true);
    expect(isOpen(join(clone, "container"))).toBe(true);
    expect(statSync(join(clone, "container/main.ts")).mode & 0o004).toBe(0o004);
    for (const program of machine.kept()) expect(isOpen(join(machine.cache, "tenantry/tools", program))).toBe(true);
    expect(machine.kept().length).toBeGreaterThan(0);
    expect(isOpen(join(clone, ".tenantry"))).toBe(false);
  });

  it("although an installation of before had closed it", async () => {
    expect(await strictly("022")).toMatchObject({ code: 0 });
    const [program = ""] = machine.kept();
    const closed = [join(clone, "node_modules"), dirname(join(machine.cache, "tenantry/tools", program))];
    await run("chmod", ["-R", "go=", ...closed], clone, process.env);
    expect(await strictly("077")).toMatchObject({ code: 0 });
    expect(closed.map(isOpen)).toEqual([true, true]);
  });
});
