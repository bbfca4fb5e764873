import type { AddCommand } from "../context.ts";

/** Both ask the program itself, which answers zsh with descriptions. */
const SCRIPTS = {
  bash: `_dumbwaiter() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(SHELL=bash dumbwaiter --get-yargs-completions "\${COMP_WORDS[@]}")" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _dumbwaiter dumbwaiter
`,
  zsh: `#compdef dumbwaiter
_dumbwaiter() {
  local -a found
  found=("\${(@f)$(SHELL=zsh dumbwaiter --get-yargs-completions "\${words[@]}")}")
  if [[ -n "$found" ]]; then _describe dumbwaiter found; else _files; fi
}
if [[ "$funcstack[1]" = _dumbwaiter ]]; then _dumbwaiter "$@"; else compdef _dumbwaiter dumbwaiter; fi
`,
} as const;

/** `completion bash` and `completion zsh`. */
export const addCompletion: AddCommand = (program, { terminal }) =>
  program.command(
    "completion <shell>",
    "Print the script that completes commands in your shell",
    (command) =>
      command
        .positional("shell", { choices: ["bash", "zsh"] as const, demandOption: true })
        .example("source <($0 completion bash)", "In ~/.bashrc")
        .example("source <($0 completion zsh)", "In ~/.zshrc, after compinit"),
    ({ shell }) => terminal.write(SCRIPTS[shell]),
  );
