"""dblog in other people's programs: each test gets a Scene, a directory of its own with a database.

    from scene import Scene, Skipped, check, main
    def test_something(scene): ...
    main(globals(), PROGRAMS)

A script's arguments are NAME=PATH pairs: the programs that the build made. Real programs and
runtimes are used where they are installed; where they are not, a test says so and is skipped.
"""

import contextlib
import os
import shutil
import sqlite3
import sys
import time

from test_script import LIMIT, Skipped, check, finish, run_tests, start  # noqa: F401


def stop_or_end_of(process):
    """The status of waitpid(2) once a child has stopped or ended."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found, status = os.waitpid(process, os.WNOHANG | os.WUNTRACED)
        if found:
            return status
        time.sleep(0.01)
    raise AssertionError('neither stopped nor ended')


class Scene:
    def __init__(self, path, programs, variables=()):
        self.path = path
        self.programs = programs
        self.user = None  # another one to run programs as, by number; needs root
        self.database = f'{path}/LOGS.db'
        self.environment = {
            'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': path, 'LANG': 'C.UTF-8',
            'DBLOG_DB': self.database, 'DEBUGINFOD_URLS': '', **dict(variables)}

    def program(self, name):
        """The path of one that the build made, or of one that is installed."""
        if name.startswith('./'):
            return f'{self.path}/{name[2:]}'
        path = self.programs.get(name) or shutil.which(name, path=self.environment['PATH'])
        if not path:
            raise Skipped(f'{name} is not installed')
        return path

    def start(self, name, *arguments, env=None, **options):
        if self.user is not None:
            options = {'user': self.user, 'group': self.user, 'extra_groups': [], **options}
        return start([self.program(name), *arguments],
                     **{'cwd': self.path, 'env': {**self.environment, **(env or {})}, **options})

    def run(self, name, *arguments, **options):
        """To its end: what it printed is .output, its status .status (below 0: the signal)."""
        return finish(self.start(name, *arguments, **options))

    def preloaded(self):
        """The environment that puts dblog into any program."""
        return {'LD_PRELOAD': f"{self.programs['libdblog']} {self.programs['preload_shim']}"}

    def recover(self):
        if not os.path.exists(self.database):
            return 'no database'
        return self.run('dblog', 'recover', '--db', self.database).output

    def rows(self, query='SELECT kind, signal_name FROM crashes ORDER BY id'):
        """After what dead processes left was imported."""
        self.recover()
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()


def main(names, variables=()):
    """Runs every test_… function of a script, or those that are named after `--`; each Scene has the
    variables in its environment."""
    arguments, _, wanted = ' '.join(sys.argv[1:]).partition(' -- ')
    programs = dict(argument.split('=', 1) for argument in arguments.split(' ') if argument)
    run_tests(names, 'dblog-neighbours-', lambda path: Scene(path, programs, variables),
              wanted.split())
