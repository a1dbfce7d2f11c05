import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of the embedded cloud, by code. */
export const cloudErrors = errorKinds({
  CLOUD_TOOL_MISSING: {
    meaning: "A program that the embedded cloud needs is not installed.",
    next: "Run `npx tenantry setup`; `npx tenantry doctor` lists what is missing.",
  },
  CLOUD_PORT_TAKEN: {
    meaning: "Another program uses a port of the embedded cloud.",
    next: "Stop that program, or start fresh with `npx tenantry cloud down --erase` (this deletes the embedded cloud's data).",
  },
  CLOUD_BUSY: {
    meaning: "Another process already runs the embedded cloud in this folder.",
    next: "Run `npx tenantry cloud status`.",
  },
  CLOUD_DID_NOT_START: {
    meaning: "The embedded cloud did not start.",
    next: "Read the log named above, or `npx tenantry cloud logs`.",
  },
  CLOUD_NOT_ANSWERING: {
    meaning: "The embedded cloud does not answer: it has stopped, or this computer is too busy.",
    next: "Check `npx tenantry cloud status`, then run the same command again, with `--resume` if the command has it.",
  },
  CLOUD_CALL_REFUSED: {
    meaning: "The embedded cloud refuses a call at its admin address. It may be another version.",
    next: "Read its answer. `npx tenantry cloud down` and `npx tenantry cloud up` restart it and keep its data.",
  },
  CLOUD_ENGINE_DID_NOT_START: {
    meaning: "An engine of the embedded cloud, sqld or versitygw, ended or did not answer at its start.",
    next: "Read the engine's log: `npx tenantry cloud logs`.",
  },
  CLOUD_RECORDS_DAMAGED: {
    meaning: "A file with the embedded cloud's records or keys is damaged. The cloud starts without them.",
    next: "Restore the file from a copy. Without a copy, start fresh: `npx tenantry cloud down --erase` deletes the embedded cloud's data, then run `make up`.",
  },
  CLOUD_IMAGES_WRONG: {
    meaning: "A list of images for the embedded cloud cannot be read.",
    next: "Correct the named file; docs/machines.md describes its content.",
  },
});
