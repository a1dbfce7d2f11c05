import type { MachineConfig } from "./config.ts";

/** What is known of one health check. */
export interface CheckResult {
  readonly status: "passing" | "warning" | "critical";
  readonly output: string;
  readonly updatedAt: string;
}

/** The names of a machine's checks: its own, and those of its services as Fly names them, `servicecheck-00-http-8080`. */
export function checkNames(config: MachineConfig): string[] {
  const own = Object.keys(config.checks ?? {});
  const ofServices = (config.services ?? []).flatMap((service) =>
    (service.checks ?? []).map((check) => ({ type: check.type ?? "tcp", port: check.port ?? service.internal_port })),
  );
  return [
    ...own,
    ...ofServices.map(({ type, port }, index) => `servicecheck-${String(index).padStart(2, "0")}-${type}-${port}`),
  ];
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
