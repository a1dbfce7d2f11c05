import { localSettings, overridingVariables, programFolders } from "./environment.ts";

/**
 * The text of `.tenantry/activate`: `localEnvironment`, to be sourced by sh, bash or zsh. Sourcing it twice changes nothing.
 */
export function activation({ projectDir, home }: { projectDir: string; home: string }): string {
  const folders = [...programFolders(projectDir)].reverse();
  return `# Written by tools/install.sh. Source it to work on the stack \`local\` with plain \`pulumi\`:
#
#   . .tenantry/activate
#   pulumi preview -s local
#
# Mind: from then on \`pulumi\` in this shell looks for the state of every stack in this project's own folder, and finds
# only \`local\` there. For a stack of a real account use another shell, or keep this one apart in a subshell:
#
#   (. .tenantry/activate && pulumi preview -s local)

${folders.map(putFirst).join("\n")}
export PATH
unset ${overridingVariables.join(" ")}
${Object.entries(localSettings(home))
  .map(([name, value]) => `export ${name}=${quoted(value)}`)
  .join("\n")}
if [ -t 2 ]; then echo "tenantry: pulumi in this shell now sees the stack local only" >&2; fi
`;
}

function putFirst(folder: string): string {
  return `case ":$PATH:" in *:${quoted(folder)}:*) ;; *) PATH=${quoted(folder)}:$PATH ;; esac`;
}

/** As one word of sh, whatever it contains. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
