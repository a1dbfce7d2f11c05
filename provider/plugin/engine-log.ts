import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";

/** Shows lines in the CLI's output: a plugin's own output is visible only in debug runs. */
export class EngineLog {
  #client: engineGrpc.EngineClient | undefined;
  #address = "";

  /** Lines go to this engine from now on; one without an address changes nothing. */
  connect(address: string): void {
    if (address === "" || address === this.#address) return;
    this.#client?.close();
    this.#client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure());
    this.#address = address;
  }

  /** Attaches a line to the resource `urn`. A line that cannot be delivered is dropped: it must not fail the deployment. */
  write(severity: "info" | "warning", urn: string, line: string): void {
    const level = severity === "info" ? engine.LogSeverity.INFO : engine.LogSeverity.WARNING;
    const request = new engine.LogRequest().setSeverity(level).setUrn(urn).setMessage(line);
    this.#client?.log(request, () => undefined);
  }
}
