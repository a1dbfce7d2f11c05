import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";

import { Relay } from "./relay.ts";

/** A machine that is up, as its network knows it. */
export interface Member {
  readonly id: string;
  readonly app: string;
  /** The name of its app's network at Fly. */
  readonly network: string;
  readonly privateIp: string;
  /** A process in the machine's network namespace. */
  readonly pid: number;
}

/** An address of an app on a private network (Flycast). */
export interface PrivateAddress {
  readonly app: string;
  /** The network whose machines may call it. */
  readonly network: string;
  readonly ip: string;
  /** The port that is called, and the one on 127.0.0.1 that answers. */
  readonly ports: readonly (readonly [port: number, here: number])[];
}

interface Parts {
  /** A folder of its own; what a cloud that was killed has left in it goes. */
  readonly dir: string;
  /** Ports of this computer at which the vendors answer: machines reach them at the same addresses, and nothing else. */
  readonly vendorPorts: () => Iterable<number>;
  log(line: string): void;
}

/**
 * Fly's private networks: a network namespace for each network and for each machine (relay.pl). A machine listens on
 * 0.0.0.0 as at Fly; it reaches the machines of its own network by their addresses and by `<app>.internal`, private
 * addresses that belong to its network by `<app>.flycast`, and the vendors; not this computer, nor what is beyond it.
 */
export class MachineNetworks {
  readonly #parts: Parts;
  #relay: Relay;
  readonly #members = new Map<string, Member>();
  #addresses: readonly PrivateAddress[] = [];
  /** Addresses that are open in the relay, by `<network> <ip>`. */
  readonly #open = new Set<string>();
  /** One order of addresses after the other. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#relay = this.#start();
  }

  /**
   * Networks, or why there can be none here. Tries on a network and a machine of its own, and leaves nothing of them.
   *
   * @param folders where `ip` may be
   */
  static async open(parts: Parts, folders: readonly string[]): Promise<MachineNetworks | { readonly missing: string }> {
    if (!folders.some((folder) => existsSync(join(folder, "ip")))) return { missing: "ip (iproute2) is not on PATH" };
    rmSync(parts.dir, { recursive: true, force: true });
    const networks = new MachineNetworks(parts);
    try {
      await networks.#relay.order("try");
      return networks;
    } catch (error) {
      networks.close();
      return { missing: error instanceof Error ? error.message : "network namespaces are not available" };
    }
  }

  /** Ties a machine to its network: resolves when it reaches what it may. */
  async join(member: Member): Promise<void> {
    this.#members.set(member.id, member);
    try {
      await this.#admit(member);
    } catch (error) {
      this.leave(member.id);
      throw error;
    }
    this.#writeNames(member.network);
    await this.#settle();
  }

  /** The machine has ended. */
  leave(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    this.#writeNames(member.network);
    void this.#relay.order("gone", id).catch(() => undefined);
  }

  /** A connection to a port of a machine; undefined when nothing listens there on 0.0.0.0. */
  connect(id: string, port: number): Promise<Socket | undefined> {
    return this.#relay.connect(id, port);
  }

  /** The /etc/hosts of the machines of a network; rewritten whenever a machine joins or leaves. */
  hostsOf(network: string): string {
    const path = this.#hostsPath(network);
    if (!existsSync(path)) this.#writeNames(network);
    return path;
  }

  /** All private addresses there are now. */
  async setAddresses(addresses: readonly PrivateAddress[]): Promise<void> {
    this.#addresses = addresses;
    for (const network of this.#inUse()) this.#writeNames(network);
    await this.#settle();
  }

  close(): void {
    this.#isClosed = true;
    this.#relay.end();
  }

  #start(): Relay {
    const relay = new Relay(this.#parts.dir);
    void relay.ended.then((words) => this.#replace(words));
    return relay;
  }

  /** A relay that was killed took the networks along: machines that are up get new ones. */
  #replace(words: string): void {
    if (this.#isClosed) return;
    this.#parts.log(`the relay of the machines' networks has ended and is started again${words && `: ${words}`}`);
    this.#open.clear();
    this.#relay = this.#start();
    for (const member of this.#members.values()) {
      this.#admit(member).catch((error: unknown) => {
        this.#parts.log(`machine ${member.id} has no network: ${error instanceof Error ? error.message : "failed"}`);
      });
    }
    void this.#settle();
  }

  #admit({ id, pid, network, privateIp }: Member): Promise<void> {
    const ports = [...this.#parts.vendorPorts()].join(",");
    return this.#relay.order("machine", id, pid, keyOf(network), prefixOf(privateIp), privateIp, ports);
  }

  #inUse(): ReadonlySet<string> {
    return new Set([...this.#members.values()].map(({ network }) => network));
  }

  /** Opens the private addresses of networks in which there are machines, and shuts those that are gone. */
  #settle(): Promise<void> {
    this.#work = this.#work.then(async () => {
      const used = this.#inUse();
      const wanted = new Map(
        this.#addresses
          .filter(({ network }) => used.has(network))
          .map((each) => [`${keyOf(each.network)} ${each.ip}`, each]),
      );
      try {
        for (const key of this.#open) {
          if (wanted.has(key)) continue;
          this.#open.delete(key);
          await this.#relay.order("shut", key);
        }
        for (const [key, { network, ip, ports }] of wanted) {
          if (this.#open.has(key)) continue;
          this.#open.add(key);
          for (const [port, here] of ports)
            await this.#relay.order("open", keyOf(network), prefixOf(ip), ip, port, here);
        }
      } catch (error) {
        this.#parts.log(`a private address is not open: ${error instanceof Error ? error.message : "failed"}`);
      }
    });
    return this.#work;
  }

  #hostsPath(network: string): string {
    return join(this.#parts.dir, `${keyOf(network)}.hosts`);
  }

  /** In place: machines see this very file. */
  #writeNames(network: string): void {
    const members = [...this.#members.values()].filter((member) => member.network === network);
    const lines = [
      "127.0.0.1 localhost",
      "::1 localhost ip6-localhost ip6-loopback",
      ...members.map(({ id, app, privateIp }) => `${privateIp} ${app}.internal ${id}.vm.${app}.internal`),
      ...this.#addresses.filter((each) => each.network === network).map(({ app, ip }) => `${ip} ${app}.flycast`),
    ];
    mkdirSync(this.#parts.dir, { recursive: true, mode: 0o700 });
    writeFileSync(this.#hostsPath(network), `${lines.join("\n")}\n`);
  }
}

/** The network's name in orders: names may hold anything. */
function keyOf(network: string): string {
  return createHash("sha256").update(network).digest("hex").slice(0, 16);
}

/** The first 48 bits of an address: what all of one network have in common. */
function prefixOf(address: string): string {
  return address.split(":").slice(0, 3).join(":");
}
