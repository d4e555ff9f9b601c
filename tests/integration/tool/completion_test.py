"""What bash, zsh and fish complete of dblog's command line is what its help says:
completion_test.py DBLOG DIRECTORY_OF_THE_SCRIPTS"""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time

from test_script import LIMIT, Skipped, check, finish, run_tests, start

TOOL, SCRIPTS = sys.argv[1:3]


class Place:
    def __init__(self, path):
        self.path = path
        self.env = {'PATH': f'{os.path.dirname(TOOL)}:/usr/bin:/bin', 'HOME': path, 'TERM': 'xterm',
                    'LC_ALL': 'C.UTF-8', 'XDG_CONFIG_HOME': path, 'XDG_DATA_HOME': path}
        for name in ('a file.db', 'other.txt'):
            with open(f'{path}/{name}', 'w') as file:
                file.write('')
        os.mkdir(f'{path}/folder')

    def output(self, *command):
        child = finish(start(command, cwd=self.path, env=self.env))
        check(child.status == 0, command, child.status, child.output)
        return child.output

    def tool(self, *words):
        lines = self.output(TOOL, 'complete', '--', *words).splitlines()
        return [line.split('\t')[0] for line in lines]

    def bash(self, *words):
        """As bash calls the function: words are what readline has made of the line."""
        line = ' '.join(f"'{word}'" for word in ('dblog', *words))
        return self.output('bash', '--norc', '-c', f'''source {SCRIPTS}/dblog.bash
            COMP_WORDS=({line}) COMP_CWORD={len(words)}
            _dblog dblog '{words[-1]}' '{words[-2] if len(words) > 1 else "dblog"}' 2>/dev/null
            printf '%s\\n' "${{COMPREPLY[@]}}"''').splitlines()

    def fish(self, line):
        if not shutil.which('fish'):
            raise Skipped('fish is not installed')
        lines = self.output('fish', '--no-config', '-c',
                            f"source {SCRIPTS}/dblog.fish; complete --do-complete '{line}'")
        return [one.split('\t')[0] for one in lines.splitlines()]

    def zsh(self, typed, wanted):
        if not shutil.which('zsh'):
            raise Skipped('zsh is not installed')
        setup = f"fpath=({SCRIPTS} $fpath); autoload -U compinit; compinit -u -D; PS1='ready> '; LISTMAX=999\n"
        in_terminal(self, ['zsh', '-f', '-i'], setup, 'ready> ', typed, wanted)


def in_terminal(place, shell, setup, prompt, typed, wanted):
    """Types at an interactive shell until it shows `wanted`."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(place.path)
        os.execvpe(shell[0], shell, {**place.env, 'COLUMNS': '200', 'LINES': '100'})
    shown = ''
    end = time.monotonic() + LIMIT

    def read_until(text):
        nonlocal shown  # what follows the text is for the next call
        while text not in shown:
            check(time.monotonic() < end, f'{text!r} was not shown', repr(shown))
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 65536).decode(errors='replace')
                shown = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]|\x07', '', shown)  # zsh rings, and completes
        shown = shown.split(text, 1)[1]

    try:
        os.write(terminal, setup.encode())
        read_until(prompt)
        os.write(terminal, b'echo "be""gun"\n')
        read_until('begun')
        read_until(prompt)
        os.write(terminal, typed.encode())
        read_until(wanted)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def section(text, title):
    """The first words of the lines below a title of the help."""
    found = re.search(rf'^{title}:\n((?:  .*\n)+)', text, re.M)
    return re.findall(r'^  (\S+)', found[1], re.M) if found else []


def help_of(place, *verb):
    text = place.output(TOOL, 'help', *verb)
    options = [name for words in section(text, 'Options') for name in words.split(',') if name.startswith('--')]
    return section(text, 'Subcommands'), options


def all_verbs(place):
    for verb in help_of(place)[0]:
        yield (verb,)
        for below in help_of(place, verb)[0]:
            yield (verb, below)


def test_every_verb_and_option_of_the_help_is_completed_and_nothing_else(place):
    check(place.tool('') == help_of(place)[0], place.tool(''))
    check(len(place.tool('')) > 12, place.tool(''))
    for verb in ((), *all_verbs(place)):
        below, options = help_of(place, *verb)
        check(place.tool(*verb, '--') == options, verb, options, place.tool(*verb, '--'))
        if below:
            check(place.tool(*verb, '') == below, verb, below)


def test_the_shells_show_what_the_tool_says(place):
    for words in ((), *all_verbs(place)):
        wanted = place.tool(*words, '--')
        check(place.bash(*words, '--') == wanted, words)
    for words in (('',), ('outbox', ''), ('list', '--severity', '')):
        check(place.bash(*words) == place.tool(*words), words)


def test_fish(place):
    for words in ((), ('list',), ('outbox', 'show')):
        shown = place.fish(' '.join(('dblog', *words, '--')))
        check(sorted(shown) == sorted(place.tool(*words, '--')), words, shown)
    check(place.fish('dblog fo') == ['follow'])
    check(place.fish('dblog list --kind si') == ['signal'])
    check('a\\ file.db' in ' '.join(place.fish('dblog --db a')) or place.fish('dblog --db a') == ['a file.db'],
          place.fish('dblog --db a'))


def test_zsh(place):
    place.zsh('dblog fol\t', 'follow ')
    place.zsh('dblog list --sev\t', '--severity ')
    place.zsh('dblog list --severity crit\t', 'critical ')
    place.zsh('dblog list --severity=crit\t', '--severity=critical')
    place.zsh('dblog --db oth\t', 'other.txt')


def test_bash_in_a_terminal(place):
    setup = f"PS1='ready> '; source {SCRIPTS}/dblog.bash\n"
    for typed, wanted in (('dblog fol\t', 'follow '), ('dblog list --sev\t', '--severity '),
                          ('dblog list --severity=crit\t', '--severity=critical'),
                          ('dblog --db oth\t', 'other.txt')):
        in_terminal(place, ['bash', '--norc', '-i'], setup, 'ready> ', typed, wanted)


def test_values(place):
    check(place.tool('list', '--severity', '') == ['info', 'warning', 'error', 'critical'])
    check(place.tool('list', '--kind', 'e') == ['exception', 'ended', 'event'])
    check(place.tool('list', '--kind=e') == ['--kind=exception', '--kind=ended', '--kind=event'])
    check(place.tool('list', '--kind', '=', 'e') == ['exception', 'ended', 'event'])
    check('SIGSEGV' in place.tool('list', '--signal', 'SIGS'))
    check(place.tool('outbox', 'list', '--state', 's') == ['sending', 'sent', 'suppressed'])
    check(place.tool('show', '--color', '') == ['auto', 'always', 'never'])
    check(place.tool('help', 'gr') == ['groups', 'group'])
    check(place.tool('run', '') == [':programs'])
    check(place.tool('run', '--release', '1.0', '--', 'ls', '--') == [':files'])
    check(place.tool('--db', '') == [':files'])
    check(place.tool('symbolize', '--debug-dir', '') == [':directories'])
    check(place.tool('list', '--limit', '') == [])
    check(place.tool('--db', 'list', 'sh') == ['show'])


def test_files(place):
    check(place.bash('--db', 'a') == ['a file.db'], place.bash('--db', 'a'))
    check(place.bash('--db', '=') == place.bash('--db', ''))
    check(place.bash('symbolize', '--debug-dir', '') == ['folder'])


if __name__ == '__main__':
    run_tests(globals(), 'dblog-completion-', Place, sys.argv[3:])
