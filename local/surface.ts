import type { Context, Hono } from "hono";

import type { Store } from "./store.ts";
import type { SwitchBoard, Switches } from "./switches.ts";

/** One HTTP address of an emulated vendor: "s3" and "iam" of Tigris, "platform" and "data" of Turso, "machines" of Fly. */
export interface Surface {
  readonly name: string;
  readonly app: Hono;
  /**
   * Names the operation of a request, for the call log and for fault injection: `CreateBucket`, `POST /v1/apps/{app}`.
   * `mutating` is true when the call changes anything at the vendor.
   */
  identify(context: Context): Operation | Promise<Operation>;
}

export interface Operation {
  readonly name: string;
  readonly mutating: boolean;
}

/** What the embedded cloud gives each vendor: a folder, stable ports, a clock, processes that end with the cloud. */
export interface VendorRuntime {
  /** The folder for everything that the vendor stores. Absolute. */
  readonly dir: string;
  /** Durable tables of this vendor. */
  readonly store: Store;
  readonly clock: () => Date;
  /** Start options that only this vendor understands: `machines` of Fly. */
  readonly options: Readonly<Record<string, string>>;
  /** Makes the vendor's switches known to the admin address. */
  switches<Declared extends Switches>(declared: Declared): SwitchBoard<Declared>;
  /** A line in the cloud's log. Never a secret. */
  log(line: string): void;
  /** A port on 127.0.0.1 that stays the same for this name over restarts. */
  port(name: string): Promise<number>;
  /** Ports of 127.0.0.0/8 at which the vendors answer callers with their credentials: those of `serve`, and these. */
  readonly vendorPorts: () => ReadonlySet<number>;
  answersAt(port: number): void;
  /** Starts listening with the call log and fault injection in front. Answers `http://127.0.0.1:<port>`. */
  serve(surface: Surface): Promise<string>;
  /**
   * Starts a real engine and waits until `isWell`. It is started again when it ends or stops answering, and ends with the
   * cloud, also after a kill -9 of the cloud; its output goes to `<dir>/<name>.log`. Throws CLOUD_ENGINE_DID_NOT_START.
   */
  engine(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    isWell: () => Promise<boolean>,
  ): Promise<Engine>;
}

export interface Engine {
  /** Of the process that serves right now. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** A vendor that is up. */
export interface RunningVendor {
  /** Where the CLI and the provider reach it. Becomes part of the cloud's descriptor. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The administrator's credentials, as environment variables of the real vendor. Secret. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Called once every vendor is up: what needs the others may begin. */
  ready?(): void;
  /** Figures for `tenantry cloud status`: buckets, databases, machines … */
  status(): Promise<Readonly<Record<string, number | string>>>;
  /** Ends cleanly; what is acknowledged is on disk. */
  stop(): Promise<void>;
}

/** A vendor of the embedded cloud: one folder, one of these. */
export interface Vendor {
  readonly name: "tigris" | "turso" | "fly";
  start(runtime: VendorRuntime): Promise<RunningVendor>;
}
