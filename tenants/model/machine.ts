import * as z from "zod";

import { FLY_REGIONS } from "../regions.ts";
import { BUILT_IN } from "./built-in.ts";
import { environment } from "./environment.ts";
import { choice, field, textLike, wholeNumber } from "./field.ts";
import { image } from "./image.ts";

const NETWORK = /^[A-Za-z][A-Za-z0-9-]{0,62}$/;
const HEALTH_PATH = /^\/[A-Za-z0-9._~/-]{0,200}$/;

/** The machine that runs the tenant's app. */
export const machine = z.strictObject({
  image: field(image, {
    description:
      "Container image, with a digest or a fixed tag. Default: the plan's. Updated in place; the machine restarts.",
  }),
  region: field(choice(...FLY_REGIONS), {
    description: "Fly region. Default: the tenant's region. A change replaces the machine.",
  }),
  cpuKind: field(choice("shared", "performance"), {
    description: "Kind of CPU. Updated in place; the machine restarts.",
    default: BUILT_IN.machine.cpuKind,
  }),
  cpus: field(wholeNumber(1, 16), {
    description:
      "Number of CPUs: 1, 2, 4, 6 or 8 shared ones, or 1, 2, 4, … 16 performance ones. Updated in place; the machine restarts.",
    default: BUILT_IN.machine.cpus,
  }),
  memoryMb: field(wholeNumber(256, 131_072, 256), {
    description:
      "Memory in MiB, steps of 256: 256 to 2048 per shared CPU; 2048 to 8192 in steps of 2048 per performance CPU. Updated in place; the machine restarts.",
    default: BUILT_IN.machine.memoryMb,
  }),
  port: field(wholeNumber(1, 65_535), {
    description: "Port the app listens on inside the machine. Updated in place; the machine restarts.",
    default: BUILT_IN.machine.port,
  }),
  healthPath: field(textLike(HEALTH_PATH, "expected a path such as /healthz, without a query"), {
    description:
      "Path that the app answers with 2xx when it is healthy, including its mount, such as /healthz. The machine is then ready. Default: it is ready when the port is open. Updated in place; the machine restarts.",
  }),
  autostop: field(choice("stop", "off", "suspend"), {
    description:
      "What Fly's proxy does with an idle machine. suspend is refused with a mounted bucket, because it would lose data that is not uploaded yet. Updated in place.",
    default: BUILT_IN.machine.autostop,
  }),
  ingress: field(choice("public", "private", "none"), {
    description:
      "Who can reach the app: public (shared IPv4 and IPv6), private (Flycast, inside the organisation), none (only behind a fly-replay router). A change replaces the addresses, not the machine.",
    default: BUILT_IN.machine.ingress,
  }),
  callers: field(textLike(NETWORK, "expected default, own or the name of a network: letters, digits and dashes"), {
    description:
      "Machines that can reach an app with private ingress: default (those on the organisation's default network), own (those on the app's own network), or the name of another network at Fly. A change replaces the private address; the name <app>.flycast stays.",
    default: BUILT_IN.machine.callers,
  }),
  env: field(environment, {
    description:
      "Plain environment variables; they are added to the plan's. Never secrets. Updated in place; the machine restarts.",
    default: BUILT_IN.machine.env,
  }),
});
