# Sourced by the consumer checks: runs the consumers' programs.
#   run_programs VERSION DIRECTORY PROGRAM…
# Each runs in an empty directory and must print the version; what record_event wrote is read with
# the plain sqlite3 shell.
run_programs() {
  local version=$1 directory=$2 program output
  shift 2
  for program in "$@"; do
    rm -rf "$directory/run"
    mkdir "$directory/run"
    output=$(cd "$directory/run" && env -u DBLOG_DB -u LD_LIBRARY_PATH ../"$program")
    if [[ $output != "$version" ]]; then
      echo "$program printed '$output', expected '$version'" >&2
      return 1
    fi
    if [[ $program == record_event ]]; then
      output=$(sqlite3 "$directory/run/LOGS.db" \
        "SELECT msg FROM error_table; SELECT count(*) FROM hw_logs;")
      if [[ $output != $'by a consumer\n2' ]]; then
        echo "record_event wrote: $output" >&2
        return 1
      fi
    fi
  done
}
