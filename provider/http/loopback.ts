/**
 * Lets Node's own fetch ask an address of this computer directly, whatever proxies the environment names. Where
 * NODE_USE_ENV_PROXY is set, fetch knows exceptions by exact host alone, and each database of the embedded cloud has an
 * address of its own in 127.0.0.0/8. Other addresses are left as they are.
 *
 * @param env is changed: fetch reads the exceptions anew at every request
 */
export function askLoopbackDirectly(url: string, env: NodeJS.ProcessEnv = process.env): void {
  const { hostname } = new URL(url);
  if (env["NODE_USE_ENV_PROXY"] === undefined || !/^127\.\d+\.\d+\.\d+$/.test(hostname)) return;
  for (const name of ["no_proxy", "NO_PROXY"]) {
    const excepted = (env[name] ?? "").split(",").filter((host) => host !== "");
    if (!excepted.includes(hostname)) env[name] = [...excepted, hostname].join(",");
  }
}
