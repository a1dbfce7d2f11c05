import { setTimeout as sleep } from "node:timers/promises";

import { byStatus, type Question, yesIf } from "../question.ts";
import { NotAsked } from "../caller.ts";
import { configOf, type FlyPlace } from "./fly-place.ts";

/** How often a stopped machine is called, one second apart. */
const CALLS = 5;

/** Machines: their states and transitions. The order matters, because the questions change the same machines. */
export const flyMachines: readonly Question<FlyPlace>[] = [
  {
    id: "fly.listed",
    asks: "Is a new machine in its app's list immediately?",
    how: "POST …/machines, then GET …/machines",
    means: {
      yes: "nothing to do",
      no: "lists lag; tenantry finds a machine by its name and creates none twice",
      other: "look at what Fly answered",
    },
    switch: "fly.listLagMs",
    async ask({ running }) {
      const { id, listed } = await running();
      if (listed.status !== 200) return { reply: "other", said: listed.said };
      return yesIf(JSON.stringify(listed.body).includes(id), listed.said);
    },
  },
  {
    id: "fly.started",
    asks: "Does a new machine run when it is first read?",
    how: "POST …/machines, GET …/machines, then GET until started",
    means: {
      yes: "nothing to do",
      no: "it takes the time shown here; tenantry waits for up to five minutes",
      other: "it never ran",
    },
    switch: "fly.bootTakesMs",
    async ask({ running }) {
      const { first, startedAfterMs } = await running();
      return yesIf(first === "started", `first ${first}`, startedAfterMs);
    },
  },
  {
    id: "fly.update-of-started",
    asks: "Does an update of a started machine leave it started?",
    how: "POST …/machines/{id} with another config, then GET until its state is final",
    means: {
      yes: "nothing to do",
      no: "tenantry starts it again",
      other: "it ends in another state: look at what Fly answered",
    },
    switch: "fly.updateEndsStopped",
    async ask({ updated }) {
      const { state } = await updated();
      return { reply: state === "started" ? "yes" : state === "stopped" ? "no" : "other", said: state };
    },
  },
  {
    id: "fly.replaced-hidden",
    asks: "Does Fly hide the state `replaced` during an update?",
    how: "GET during that update",
    means: {
      yes: "nothing to do",
      no: "tenantry waits until it passes, and does not treat the machine as deleted",
      other: "the update could not be watched",
    },
    switch: "fly.replacedShownMs",
    async ask({ updated }) {
      const { seen } = await updated();
      return yesIf(!seen.has("replaced"), `seen: ${[...seen].join(", ")}`);
    },
  },
  {
    id: "fly.wait-without-version",
    asks: "Is a wait for `stopped` without a version possible?",
    how: "POST …/stop, then GET …/wait?state=stopped",
    means: {
      yes: "nothing to do",
      no: "tenantry does not use wait",
      other: "look at what Fly answered",
    },
    switch: "fly.waitStoppedNeedsVersion",
    async ask({ running, updated, machine }) {
      await updated();
      const one = machine((await running()).id);
      if ((await one.state()) !== "stopped") await one.ask("POST", "/stop", {});
      await one.settled("stopped");
      return byStatus(await one.ask("GET", "/wait?state=stopped&timeout=10"), [200], [400]);
    },
  },
  {
    id: "fly.update-of-stopped",
    asks: "Does an update of a stopped machine leave it stopped?",
    how: "POST …/machines/{id} on a stopped machine, then GET until its state is final",
    means: {
      yes: "tenantry starts it if the tenant is to run; after a rotation it stays stopped",
      no: "it is started; tenantry leaves it started, and prevents the start in a rotation (skip_launch)",
      other: "it ends in another state: look at what Fly answered",
    },
    async ask({ room, running, machine }) {
      const one = machine((await running()).id);
      await one.settled("stopped");
      const { state } = await one.update(configOf(room, { ROUND: "2" }));
      return { reply: state === "stopped" ? "yes" : state === "started" ? "no" : "other", said: state };
    },
  },
  {
    id: "fly.update-of-suspended",
    asks: "Does an update of a suspended machine leave it stopped?",
    how: "POST …/start, POST …/suspend, POST …/machines/{id}, then GET until its state is final",
    means: {
      yes: "tenantry starts it if the tenant is to run",
      no: "it is started; tenantry leaves it started",
      other: "it ends in another state, or cannot be suspended: look at what Fly answered",
    },
    async ask({ room, running, machine }) {
      const one = machine((await running()).id);
      await one.ask("POST", "/start", {});
      await one.settled("started");
      const suspended = await one.ask("POST", "/suspend", {});
      if (suspended.status >= 300) return { reply: "other", said: `suspending: ${suspended.said}` };
      await one.settled("suspended");
      const { state } = await one.update(configOf(room, { ROUND: "3" }));
      return { reply: state === "stopped" ? "yes" : state === "started" ? "no" : "other", said: state };
    },
  },
  {
    id: "fly.start-of-created",
    asks: "Does a machine that never ran start immediately?",
    how: "POST …/machines with skip_launch, then POST …/start",
    means: {
      yes: "nothing to do",
      no: "it refuses for a while; tenantry retries",
      other: "look at what Fly answered",
    },
    switch: "fly.startOfCreatedRefusedMs",
    async ask({ make, machine }) {
      const one = machine(await make("b", { skipLaunch: true }));
      return byStatus(await one.ask("POST", "/start", {}), [200], [412]);
    },
  },
  {
    id: "fly.update-of-created",
    asks: "Does a machine that never ran stay so after an update?",
    how: "POST …/machines with skip_launch, POST …/machines/{id}, then GET until its state is final",
    means: {
      yes: "tenantry starts it if the tenant is to run",
      no: "it is started; tenantry leaves it started",
      other: "it ends in another state: look at what Fly answered",
    },
    async ask({ room, make, machine }) {
      const one = machine(await make("c", { skipLaunch: true }));
      const { state } = await one.update(configOf(room, { ROUND: "1" }));
      return { reply: state === "created" ? "yes" : state === "started" ? "no" : "other", said: state };
    },
  },
  {
    id: "fly.destroy-of-created",
    asks: "Can a machine that never ran be destroyed without force?",
    how: "POST …/machines with skip_launch, then DELETE",
    means: {
      yes: "nothing to do",
      no: "tenantry destroys such machines with force: there is nothing to flush",
      other: "look at what Fly answered",
    },
    switch: "fly.destroyNeedsForce",
    async ask({ make, machine }) {
      const one = machine(await make("d", { skipLaunch: true }));
      return byStatus(await one.ask("DELETE"), [200], [412]);
    },
  },
  {
    id: "fly.autostart-off",
    asks: "Does a machine with `autostart: false` stay stopped when it is called?",
    how: "a stopped machine with a public service, called five times at the app's address",
    means: {
      yes: "nothing to do",
      no: "the proxy starts the machines of suspended tenants; their keys stay off",
      other: "the app could not be called",
    },
    async ask(place) {
      const { room, app, make, machine } = place;
      const { name } = await app();
      const services = [
        {
          protocol: "tcp",
          internal_port: 8080,
          autostart: false,
          autostop: "off",
          ports: [{ port: 443, handlers: ["tls", "http"] }],
        },
      ];
      const one = machine(await make("e", { config: { services } }));
      await one.settled("started");
      await one.ask("POST", "/stop", {});
      await one.settled("stopped");
      for (const type of ["shared_v4", "v6"])
        await room.askFly("POST", `/v1/apps/${name}/ip_assignments`, { json: { type } });
      const url = await room.urlOf(name);
      if (url === undefined) return { reply: "other", said: "the app has no address here: its machines are records" };
      const answers = await called(url, place);
      const state = await one.state();
      return yesIf(state === "stopped", `${state} after ${answers}`);
    },
  },
];

/** Calls an app several times; returns the answers. */
async function called(url: string, { room }: FlyPlace): Promise<string> {
  const answers: string[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    try {
      const signal = AbortSignal.any([room.signal, AbortSignal.timeout(10_000)]);
      const answer = await fetch(url, { signal, redirect: "manual" });
      await answer.body?.cancel();
      answers.push(String(answer.status));
    } catch {
      room.signal.throwIfAborted();
      answers.push("no answer");
    }
    await sleep(1000, undefined, { signal: room.signal });
  }
  if (answers.every((answer) => answer === "no answer")) throw new NotAsked(`${url} does not answer`);
  return answers.join(", ");
}
