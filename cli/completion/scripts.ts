export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * A script for each shell. It asks the very command that is being typed, so that a project's own verbs and tenants come
 * up; what it does not know, such as a folder, the shell completes as a file name.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_tenantry() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" completion "--words=\${COMP_WORDS[*]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -o bashdefault -F _tenantry tenantry
`,
  zsh: `#compdef tenantry
_tenantry() {
  local -a found
  found=(\${(f)"$("\${words[1]}" completion "--words=\${(pj:\\n:)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _tenantry tenantry
`,
  fish: `function __tenantry
    set -l typed (commandline -opc) "$(commandline -ct)"
    $typed[1] completion "--words="(string join \\n -- $typed[2..] | string collect) 2>/dev/null
end
complete -c tenantry -f -a '(__tenantry)'
complete -c tenantry -n 'test -z "$(__tenantry)"' -F
`,
};
