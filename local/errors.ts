import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of the embedded cloud, by code. */
export const cloudErrors = errorKinds({
  CLOUD_TOOL_MISSING: {
    meaning: "A program that the embedded cloud needs is not installed.",
    next: "Run `npx tenantry setup`; `npx tenantry doctor` tells what is missing.",
  },
  CLOUD_PORT_TAKEN: {
    meaning: "A port that the embedded cloud used before is taken by another program.",
    next: "End that program, or start afresh with `npx tenantry cloud down --erase` (this deletes the embedded cloud's data).",
  },
  CLOUD_BUSY: {
    meaning: "Another process already runs the embedded cloud of this folder.",
    next: "Look at `npx tenantry cloud status`.",
  },
  CLOUD_DID_NOT_START: {
    meaning: "The embedded cloud did not come up.",
    next: "Read the log named above, or `npx tenantry cloud logs`.",
  },
  CLOUD_NOT_ANSWERING: {
    meaning:
      "The embedded cloud's own address gives no answer: the cloud has ended, or this computer is too busy for it.",
    next: "Look at `npx tenantry cloud status`, then run the same command again; `--resume`, where the command has it, goes on with what is left.",
  },
  CLOUD_CALL_REFUSED: {
    meaning: "The embedded cloud runs and refuses what it was asked at its own address; it may be of another version.",
    next: "Read what it answered; `npx tenantry cloud down`, then `npx tenantry cloud up` starts it anew and keeps its data.",
  },
  CLOUD_ENGINE_DID_NOT_START: {
    meaning: "An engine of the embedded cloud, sqld or versitygw, ended or did not answer when it was started.",
    next: "Read the engine's own log in the embedded cloud's folder: `npx tenantry cloud logs`.",
  },
  CLOUD_RECORDS_DAMAGED: {
    meaning:
      "A file in which the embedded cloud keeps its records or keys is damaged. It starts with none in their place.",
    next: "Put the file back from a copy, if you have one. Without one start afresh: `npx tenantry cloud down --erase` deletes the embedded cloud's data, then `make up`.",
  },
  CLOUD_IMAGES_WRONG: {
    meaning: "A list of what stands for images on the embedded cloud cannot be read.",
    next: "Correct the named file; docs/machines.md says what belongs into it.",
  },
});
