import type { MachineConfig } from "./config.ts";

/** What is known of one health check. */
export interface CheckResult {
  readonly status: "passing" | "warning" | "critical";
  readonly output: string;
  readonly updatedAt: string;
}

type Check = NonNullable<MachineConfig["checks"]>[string];

/** A machine's checks by name: its own, and those of its services as Fly names them, `servicecheck-00-http-8080`. */
export function checksOf(config: MachineConfig): [name: string, check: Check][] {
  const ofServices = (config.services ?? []).flatMap((service) =>
    (service.checks ?? []).map((check) => ({ ...check, port: check.port ?? service.internal_port })),
  );
  return [
    ...Object.entries(config.checks ?? {}),
    ...ofServices.map((check, index): [string, Check] => [
      `servicecheck-${String(index).padStart(2, "0")}-${check.type ?? "tcp"}-${check.port}`,
      check,
    ]),
  ];
}

/** The names of a machine's checks. */
export function checkNames(config: MachineConfig): string[] {
  return checksOf(config).map(([name]) => name);
}

/** The checks as Fly lists them. One that has no result yet is critical. */
export function listedChecks(config: MachineConfig, results: Readonly<Record<string, CheckResult>>, since: string) {
  return checkNames(config).map((name) => {
    const { status, output, updatedAt } = results[name] ?? {
      status: "critical",
      output: "waiting for status update",
      updatedAt: since,
    };
    return { name, status, output, updated_at: updatedAt };
  });
}
