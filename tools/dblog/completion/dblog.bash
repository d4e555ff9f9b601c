# Completion of dblog(1) for bash: the tool itself says what can follow.
_dblog() {
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}") typed=$2 word what
  # Behind the = of an option a value begins.
  if [[ $typed == = ]]; then
    words+=("")
    typed=
  fi
  COMPREPLY=()
  while IFS=$'\t' read -r word what; do
    case $word in
      :files) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$typed") ;;
      :directories) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$typed") ;;
      :programs) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$typed") ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <("$1" complete -- "${words[@]}" 2>/dev/null)
}
complete -F _dblog dblog
