"""Two users in a private directory: a victim, who uses dblog, and an attacker, who may do whatever
the system lets him. Needs root, to become them; without it a test says so and is skipped.

    from harness import Place, main
    def test_planted_file(place): ...
    main(globals())

Each test function gets a fresh Place. The programs are copied to where both users may run them.
"""

import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile

from test_script import LIMIT, SKIPPED, Skipped, check, finish, run_tests, start  # noqa: F401

ROOT, VICTIM, ATTACKER = 0, 61101, 61102  # no names needed


class Place:
    """A directory of root's; `shared` in it is as /tmp is, `home` is the victim's own."""

    def __init__(self, path, programs):
        self.path = path
        os.chmod(path, 0o755)
        self.programs = {}
        os.mkdir(f'{path}/bin')
        for program in programs:
            name = os.path.basename(program)
            shutil.copy2(program, f'{path}/bin/{name}')
            os.chmod(f'{path}/bin/{name}', 0o755)
            self.programs[name] = f'{path}/bin/{name}'
        self.shared = self.directory('shared', ROOT, 0o1777)
        self.home = self.directory('home', VICTIM, 0o755)
        self.attic = self.directory('attic', ATTACKER, 0o755)

    def directory(self, name, owner, mode):
        path = f'{self.path}/{name}'
        os.mkdir(path)
        os.chown(path, owner, owner)
        os.chmod(path, mode)
        return path

    def file(self, path, owner, content=b'', mode=0o600):
        """Made as its owner would make it: not through a link that is there already."""
        with open(path, 'xb') as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        os.chown(path, owner, owner)
        return path

    def start(self, user, program, *arguments, cwd=None, env=None, **options):
        """A child of that user, with an environment of its own and no standard input."""
        variables = {'PATH': '/usr/bin:/bin', **(env or {})}
        return start([self.programs.get(program, program), *arguments], cwd=cwd or self.home,
                     env=variables, user=user, group=user, extra_groups=[], **options)

    def run(self, user, program, *arguments, **options):
        """The same, to its end: what it printed is .output, its status .status (below 0: signal)."""
        return finish(self.start(user, program, *arguments, **options))

    @staticmethod
    def rows(database, query):
        """As root, past dblog; on a copy, so that reading changes nothing."""
        with tempfile.TemporaryDirectory() as copy:
            for suffix in ('', '-wal'):
                if os.path.exists(database + suffix):
                    shutil.copy(database + suffix, f'{copy}/db{suffix}')
            with contextlib.closing(sqlite3.connect(f'{copy}/db')) as connection:
                return connection.execute(query).fetchall()


def main(names):
    """Runs every test_… function of a script whose arguments are the programs to copy."""
    if os.geteuid() != 0:
        print('skipped: only root can become two users')
        sys.exit(SKIPPED)
    run_tests(names, 'dblog-security-', lambda path: Place(path, sys.argv[1:]))
