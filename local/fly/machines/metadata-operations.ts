import * as z from "zod";

import { empty, type FlyOperation, json } from "../operation.ts";
import type { Platform } from "../platform.ts";
import { failedPrecondition, notFound } from "../refusal.ts";
import { machineOf, machineToChange } from "./find-machine.ts";
import type { MachineRecord } from "./record.ts";

/** A null removes the key. */
const updateSchema = z.object({
  metadata: z.record(z.string(), z.string().nullable()).nullish(),
  machine_version: z.string().nullish(),
  updated_at: z.string().nullish(),
});
const valueSchema = z.object({ value: z.string(), updated_at: z.string().nullish() });

/** Metadata of a machine: part of its config, but changing it makes no new version and restarts nothing. */
export function metadataOperations(platform: Platform): FlyOperation[] {
  const { motion } = platform;
  const write = (machine: MachineRecord, metadata: Readonly<Record<string, string | null>>) => {
    const kept = Object.entries(metadata).filter((entry): entry is [string, string] => entry[1] !== null);
    motion.amend({ ...machine, config: { ...machine.config, metadata: Object.fromEntries(kept) } });
    return empty(204);
  };
  const update = (name: "PUT" | "PATCH", isMerge: boolean): FlyOperation => ({
    name: `${name} /v1/apps/{app}/machines/{machine}/metadata`,
    service: "flaps",
    async handle(call) {
      const { metadata, machine_version: version } = await call.body(updateSchema);
      const machine = machineToChange(platform, call);
      if (version != null && version !== machine.instanceId) throw failedPrecondition("machine_version does not match");
      return write(machine, { ...(isMerge ? machine.config.metadata : {}), ...metadata });
    },
  });
  return [
    {
      name: "GET /v1/apps/{app}/machines/{machine}/metadata",
      service: "flaps",
      handle: (call) => json(machineOf(platform, call).config.metadata ?? {}),
    },
    update("PUT", false),
    update("PATCH", true),
    {
      name: "GET /v1/apps/{app}/machines/{machine}/metadata/{key}",
      service: "flaps",
      handle(call) {
        const value = machineOf(platform, call).config.metadata?.[call.param("key")];
        if (value === undefined) throw notFound("metadata key");
        return json({ value });
      },
    },
    {
      name: "POST /v1/apps/{app}/machines/{machine}/metadata/{key}",
      service: "flaps",
      async handle(call) {
        const { value } = await call.body(valueSchema);
        const machine = machineToChange(platform, call);
        return write(machine, { ...machine.config.metadata, [call.param("key")]: value });
      },
    },
    {
      name: "DELETE /v1/apps/{app}/machines/{machine}/metadata/{key}",
      service: "flaps",
      handle(call) {
        const machine = machineToChange(platform, call);
        return write(machine, { ...machine.config.metadata, [call.param("key")]: null });
      },
    },
  ];
}
