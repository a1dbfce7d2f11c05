import { Octokit } from "@octokit/rest";

/** The repository at GitHub that a script works on. */
export interface Forge {
  readonly github: Octokit;
  /** Owner and name, as every call of the client wants them. */
  readonly at: { readonly owner: string; readonly repo: string };
}

/**
 * Takes GITHUB_REPOSITORY ("acme/fleet") and GITHUB_TOKEN from the environment, as a workflow sets them; on a laptop
 * `GITHUB_TOKEN=$(gh auth token)`. GITHUB_API_URL: another address than github.com's.
 */
export function openForge(env: Readonly<Record<string, string | undefined>>): Forge {
  const [owner, repo] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  const auth = env["GITHUB_TOKEN"];
  if (owner === undefined || repo === undefined || auth === undefined || auth === "") {
    throw new Error("GITHUB_REPOSITORY (owner/name) and GITHUB_TOKEN have to be set");
  }
  const baseUrl = env["GITHUB_API_URL"];
  return { github: new Octokit({ auth, ...(baseUrl === undefined ? {} : { baseUrl }) }), at: { owner, repo } };
}

/** Makes sure that a label is there, in this colour. */
export async function ensureLabel(
  { github, at }: Forge,
  name: string,
  color: string,
  description: string,
): Promise<void> {
  try {
    await github.rest.issues.createLabel({ ...at, name, color, description });
  } catch (error) {
    if ((error as { status?: number }).status !== 422) throw error;
  }
}
