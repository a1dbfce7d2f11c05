/** How a program is told to go round its proxy: Go, curl and Python read either case, gRPC for Node the small one only. */
const EXCEPTIONS = ["NO_PROXY", "no_proxy"] as const;
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables to add to `env` so that no proxy is asked for what runs on this computer: the engine and its plugins talk
 * over 127.0.0.1, and the embedded cloud is there. What the person excepts already stays excepted.
 */
export function directLoopback(env: Environment): Record<string, string> {
  const given = [...EXCEPTIONS, "no_grpc_proxy"].flatMap((name) => (env[name] ?? "").split(","));
  const hosts = [...new Set([...given.map((host) => host.trim()).filter((host) => host !== ""), ...LOOPBACK])];
  // gRPC prefers a list of its own where there is one; it must not be without ours.
  const names = (env["no_grpc_proxy"] ?? "") === "" ? EXCEPTIONS : [...EXCEPTIONS, "no_grpc_proxy"];
  return Object.fromEntries(names.map((name) => [name, hosts.join(",")]));
}
