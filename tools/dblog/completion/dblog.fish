# Completion of dblog(1) for fish: the tool itself says what can follow.
function __dblog_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --cut-at-cursor --current-token)
    for line in ($words[1] complete -- $words[2..-1] "$typed" 2>/dev/null)
        switch $line
            case ':files*'
                __fish_complete_path (string replace --regex '^--[^=]*=' '' -- $typed)
            case ':directories*'
                __fish_complete_directories (string replace --regex '^--[^=]*=' '' -- $typed)
            case ':programs*'
                __fish_complete_command
            case '*'
                echo $line
        end
    end
end
complete --command dblog --no-files --arguments '(__dblog_complete)'
