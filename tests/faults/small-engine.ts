import type grpc from "@grpc/grpc-js";
import type any from "google-protobuf/google/protobuf/any_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessage from "@pulumi/pulumi/proto/status_pb.js";

import { receive, send, type Properties } from "../../provider/plugin/wire.ts";
import { ask } from "../support/plugin-client.ts";
import type { RunningPlugin } from "./plugin.ts";
import { referredTo, type Registration, resolved } from "./registrations.ts";

/** A resource as the engine's state file knows it. */
export interface Stored {
  readonly key: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly needs: ReadonlySet<string>;
  /** It exists, but not as it should: the next run updates it. */
  readonly isHalf: boolean;
  /** Another has taken its place: it goes when the run is through. */
  readonly isReplaced: boolean;
}

/** A state, in the order in which its resources were made. */
export type State = readonly Stored[];

/** How a run ended. */
export interface Outcome {
  readonly state: State;
  readonly errors: readonly string[];
  /** What the provider told the engine, as it was on the wire, its secrets marked. */
  readonly told: readonly unknown[];
  /** URNs of what an error is about. */
  readonly failed: readonly string[];
}

/**
 * What Pulumi's engine does with these registrations, one after the other: check, then create, or diff and update or replace;
 * in the end it deletes what is not registered any more, also where something has failed, as with `--continue-on-error`. What failed
 * stops only what needs it.
 *
 * @param isTarget what the run is limited to, by URN: all else stays as it is. Default: everything
 */
export async function run(
  plugin: Pick<RunningPlugin, "client">,
  registrations: readonly Registration[],
  before: State,
  isTarget: (urn: string) => boolean = () => true,
): Promise<Outcome> {
  const work = new Run(plugin, before, isTarget);
  for (const registration of registrations) await work.register(registration);
  await work.removeOthers(new Set(registrations.map(({ key }) => key)));
  const { errors, told, failed } = work;
  return { state: work.state(), errors, told, failed };
}

/** What a refresh does: takes what is there for what was reached, and forgets what is gone. */
export async function refreshed(plugin: Pick<RunningPlugin, "client">, before: State): Promise<Outcome> {
  const state: Stored[] = [];
  const errors: string[] = [];
  const told: unknown[] = [];
  const failed: string[] = [];
  for (const each of before) {
    const request = new provider.ReadRequest().setUrn(urnOf(each.key)).setType(each.type).setId(each.id);
    request.setInputs(send(each.inputs)).setProperties(send(each.outputs));
    try {
      const found = await ask(plugin.client, "read", request);
      told.push(found.getProperties()?.toJavaScript(), found.getInputs()?.toJavaScript());
      if (found.getId() === "") continue;
      const [inputs, outputs] = [receive(found.getInputs()), receive(found.getProperties())];
      state.push({ ...each, id: found.getId(), inputs, outputs, isHalf: false });
    } catch (error) {
      const half = halfDone(error);
      if (half === undefined) {
        errors.push(`${each.key}: ${(error as grpc.ServiceError).details}`);
        failed.push(urnOf(each.key));
      }
      state.push(half === undefined ? each : { ...each, inputs: half.inputs, outputs: half.outputs, isHalf: true });
    }
  }
  return { state, errors, told, failed };
}

class Run {
  readonly errors: string[] = [];
  readonly told: unknown[] = [];
  readonly failed: string[] = [];
  readonly #plugin: Pick<RunningPlugin, "client">;
  readonly #isTarget: (urn: string) => boolean;
  #stored: State;
  readonly #done = new Map<string, Stored>();

  constructor(plugin: Pick<RunningPlugin, "client">, before: State, isTarget: (urn: string) => boolean) {
    this.#plugin = plugin;
    this.#stored = before;
    this.#isTarget = isTarget;
  }

  state(): State {
    return this.#stored;
  }

  async register({ key, type, name, inputs }: Registration): Promise<void> {
    const needs = referredTo(inputs);
    if (![...needs].every((each) => this.#done.has(each))) return;
    const news = resolved(inputs, (of, output) => {
      const from = this.#done.get(of);
      return output === "id" ? from?.id : (from?.outputs[output] ?? from?.inputs[output]);
    }) as Properties;
    const old = this.#stored.find((each) => each.key === key && !each.isReplaced);
    if (!this.#isTarget(urnOf(key))) {
      if (old !== undefined) this.#done.set(key, old);
      return;
    }
    try {
      const about = { key, type, name, needs };
      const stored = await this.#brought(about, await this.#checked(about, news, old), old);
      this.#done.set(key, stored);
    } catch (error) {
      const half = halfDone(error);
      if (half !== undefined) {
        this.told.push(half.properties);
        const stored = { key, type, name, needs, id: half.id, inputs: half.inputs, outputs: half.outputs };
        this.#keep({ ...stored, isHalf: true, isReplaced: false });
      }
      this.#fail(key, error);
    }
  }

  #fail(key: string, error: unknown): void {
    this.errors.push(`${key}: ${(error as grpc.ServiceError).details}`);
    this.failed.push(urnOf(key));
  }

  async #checked({ key, type }: About, news: Properties, old: Stored | undefined): Promise<Properties> {
    const request = new provider.CheckRequest().setUrn(urnOf(key)).setType(type).setNews(send(news));
    if (old !== undefined) request.setOlds(send(old.inputs));
    const answer = await ask(this.#plugin.client, "check", request);
    const [fault] = answer.getFailuresList();
    if (fault !== undefined)
      throw Object.assign(new Error(), { details: `${fault.getProperty()}: ${fault.getReason()}` });
    this.told.push(answer.getInputs()?.toJavaScript());
    return receive(answer.getInputs());
  }

  async #brought(about: About, inputs: Properties, old: Stored | undefined): Promise<Stored> {
    if (old === undefined) return this.#create(about, inputs);
    const diff = await ask(
      this.#plugin.client,
      "diff",
      new provider.DiffRequest()
        .setUrn(urnOf(about.key))
        .setType(about.type)
        .setId(old.id)
        .setOldInputs(send(old.inputs))
        .setNews(send(inputs)),
    );
    if (diff.getReplacesList().length > 0) {
      if (diff.getDeletebeforereplace()) throw new Error("no step of this life replaces what has to be deleted first");
      return this.#create(about, inputs);
    }
    if (diff.getChanges() === provider.DiffResponse.DiffChanges.DIFF_NONE && !old.isHalf) return old;
    return this.#update(about, inputs, old);
  }

  async #create(about: About, inputs: Properties): Promise<Stored> {
    const answer = await ask(
      this.#plugin.client,
      "create",
      new provider.CreateRequest().setUrn(urnOf(about.key)).setType(about.type).setProperties(send(inputs)),
    );
    this.told.push({ id: answer.getId() }, answer.getProperties()?.toJavaScript());
    const made = { ...about, id: answer.getId(), inputs, outputs: receive(answer.getProperties()) };
    return this.#keep({ ...made, isHalf: false, isReplaced: false });
  }

  /** In its place; or as the newest, in the place of all others of its name, which then still have to go. */
  #keep(stored: Stored): Stored {
    const isSame = ({ key, id }: Stored) => key === stored.key && id === stored.id;
    this.#stored = this.#stored.some(isSame)
      ? this.#stored.map((each) => (isSame(each) ? stored : each))
      : [...this.#stored.map((each) => (each.key === stored.key ? { ...each, isReplaced: true } : each)), stored];
    return stored;
  }

  async #update(about: About, inputs: Properties, old: Stored): Promise<Stored> {
    const answer = await ask(
      this.#plugin.client,
      "update",
      new provider.UpdateRequest()
        .setUrn(urnOf(about.key))
        .setType(about.type)
        .setId(old.id)
        .setOldInputs(send(old.inputs))
        .setOlds(send(old.outputs))
        .setNews(send(inputs)),
    );
    this.told.push(answer.getProperties()?.toJavaScript());
    return this.#keep({ ...old, ...about, inputs, outputs: receive(answer.getProperties()), isHalf: false });
  }

  /** The last made goes first. What something that could not be deleted needs stays too. */
  async removeOthers(registered: ReadonlySet<string>): Promise<void> {
    const kept = new Set<string>();
    for (const each of this.#stored.toReversed()) {
      const isDoomed = each.isReplaced || !registered.has(each.key);
      if (!isDoomed || kept.has(each.key) || !this.#isTarget(urnOf(each.key))) continue;
      try {
        await ask(
          this.#plugin.client,
          "delete",
          new provider.DeleteRequest()
            .setUrn(urnOf(each.key))
            .setType(each.type)
            .setId(each.id)
            .setOldInputs(send(each.inputs))
            .setProperties(send(each.outputs)),
        );
        this.#stored = this.#stored.filter((other) => other !== each);
      } catch (error) {
        this.#fail(each.key, error);
        for (const need of each.needs) kept.add(need);
      }
    }
  }
}

type About = Pick<Stored, "key" | "type" | "name" | "needs">;

/** Under its tenant; of what tenants share, under the stack. */
export function urnOf(key: string): string {
  const [type = "", name = ""] = key.split(" ");
  const parent = type === "tenantry:turso:Group" ? "" : "tenantry:index:Tenant$";
  return `urn:pulumi:local::tenantry::${parent}${type}::${name}`;
}

interface Half extends Pick<Stored, "id" | "inputs" | "outputs"> {
  readonly properties: unknown;
}

/** What exists although the call failed, as the provider reports it. */
function halfDone(error: unknown): Half | undefined {
  const [details] = (error as Partial<grpc.ServiceError>).metadata?.get("grpc-status-details-bin") ?? [];
  if (!(details instanceof Buffer)) return undefined;
  const packed: any.Any | undefined = statusMessage.Status.deserializeBinary(details).getDetailsList()[0];
  if (packed === undefined) return undefined;
  const detail = provider.ErrorResourceInitFailed.deserializeBinary(packed.getValue_asU8());
  return {
    id: detail.getId(),
    inputs: receive(detail.getInputs()),
    outputs: receive(detail.getProperties()),
    properties: [detail.getProperties()?.toJavaScript(), detail.getInputs()?.toJavaScript()],
  };
}
