"""Alerts cannot be silenced by what another user puts beside the database."""

import json
import os
import subprocess
import sys
import time

from harness import ATTACKER, VICTIM, Place, check, main

SERVER = sys.argv.pop()  # tests/servers/slack_server.py
LIMIT = 60

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], 'r+')
fcntl.lockf(file, fcntl.LOCK_EX)
print('held', flush=True)
time.sleep(600)
"""


class Scene:
    """The victim's database in a directory as /tmp is, and a server for its messages."""

    def __init__(self, place):
        self.place = place
        self.database = f'{place.shared}/LOGS.db'
        self.diary = f'{place.path}/diary'
        self.server = subprocess.Popen([sys.executable, '-B', SERVER, '--diary', self.diary, 'ok'],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.server.stdout.readline().split()[1]
        place.file(f'{place.home}/.env', VICTIM, f'webhook=http://127.0.0.1:{port}/hook\n')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stdin.close()
        self.server.wait()

    def victim(self, *words):
        env = {'PATH': f'{self.place.path}/bin:/usr/bin:/bin', 'DBLOG_DELIVERY': 'helper'}
        return self.place.run(VICTIM, 'victim', f'database={self.database}', 'slack', *words,
                              env=env)

    def messages(self):
        if not os.path.exists(self.diary):
            return []
        with open(self.diary, encoding='utf-8') as diary:
            return [json.loads(json.loads(line)['body'])['text'] for line in diary]

    def arrives(self, text):
        give_up_at = time.monotonic() + LIMIT
        while time.monotonic() < give_up_at:
            if any(text in message for message in self.messages()):
                return True
            time.sleep(0.02)
        return False


def test_foreign_lock_file(place: Place):
    with Scene(place) as scene:
        lock = place.file(f'{scene.database}-flush', ATTACKER, mode=0o666)
        holder = place.start(ATTACKER, '/usr/bin/python3', '-c', HOLD, lock)
        try:
            check(holder.stdout.readline() == 'held\n')
            done = scene.victim('install', 'push=disk full', 'push=disk gone')
            check('push: ok 1' in done.output, done.output)
            named = f'delivery: {lock} belongs to another user'
            check(f'missing: {named}' in done.output, done.output)
            check(done.output.count(f'dblog: {named}') == 1, done.output)
            check(scene.arrives('disk full'), done.output, scene.messages())
            check(scene.arrives('disk gone'), done.output, scene.messages())
            check(len(scene.messages()) == 2, scene.messages())
        finally:
            holder.kill()
            holder.wait()


def test_foreign_lock_file_and_a_crash(place: Place):
    with Scene(place) as scene:
        place.file(f'{scene.database}-flush', ATTACKER)
        scene.victim('install', 'abort')
        check(scene.arrives('SIGABRT'), scene.messages())


def test_lock_file_that_is_a_link(place: Place):
    with Scene(place) as scene:
        target = place.file(f'{place.attic}/target', ATTACKER, mode=0o666)
        os.symlink(target, f'{scene.database}-flush')
        done = scene.victim('install', 'push=disk full')
        check(done.output.count('dblog: delivery: ') == 1, done.output)
        check(scene.arrives('disk full'), done.output)


main(globals())
