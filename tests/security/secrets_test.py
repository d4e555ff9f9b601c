"""What a core dump of the program would show: its memory, searched for the secrets of .env."""

import os
import time

from harness import LIMIT, ROOT, VICTIM, Place, check, main

# Short ones fit into a string object itself, which lies on the stack, long ones lie in the heap.
SECRETS = {
    'webhook': 'https://hooks.example/services/T0KEN/B0KEN/s3cr3tOfTheWebhook0123456789',
    'username': 'clerk-S3c',
    'password': 'Pa55-w0rd!',
}
MAIL = 'mail_server=mail.example\nsender_email=a@b.example\nrecipient_email=c@d.example\n'

# The helper: writes down its environment.
STAND_IN = """#!/bin/sh
env > {mark}.part && mv {mark}.part {mark}
"""


def prepare(place: Place):
    os.remove(place.programs['dblog'])
    marks = place.directory('marks', ROOT, 0o1777)
    place.file(f'{place.path}/bin/dblog', ROOT, STAND_IN.format(mark=f'{marks}/ran'), 0o755)
    return f'{marks}/ran'


def wait_for(path):
    give_up_at = time.monotonic() + LIMIT
    while not os.path.exists(path):
        check(time.monotonic() < give_up_at, 'the helper was not started')
        time.sleep(0.01)
    with open(path) as file:
        return file.read()


def places_in_memory(process, secret):
    """(address, mapping) of each copy in what the process can write."""
    found = []
    with open(f'/proc/{process}/maps') as maps, open(f'/proc/{process}/mem', 'rb') as memory:
        for line in maps:
            span, rights, *rest = line.split()
            if 'w' not in rights:
                continue
            begin, end = (int(number, 16) for number in span.split('-'))
            memory.seek(begin)
            content = memory.read(end - begin)
            at = content.find(secret)
            while at >= 0:
                found.append((begin + at, line.strip()))
                at = content.find(secret, at + 1)
    return found


def run_until_waiting(place: Place, env=None):
    child = place.start(VICTIM, 'victim', 'database=LOGS.db', 'slack', 'email', 'install', 'push=x',
                        'push=y', 'wait', env=env, stdin=-1)
    output = []
    for line in child.stdout:
        if line == 'waiting\n':
            break
        output.append(line)
    check('missing' not in ''.join(output) and 'push: ok 2\n' in output, *output)
    return child


def test_secrets_of_the_file_do_not_stay_in_memory(place: Place):
    ran = prepare(place)
    lines = ''.join(f'{key}={value}\n' for key, value in SECRETS.items())
    place.file(f'{place.home}/.env', VICTIM, MAIL + lines)
    child = run_until_waiting(place)
    # What is no secret is found: the search works.
    check(places_in_memory(child.pid, b'error_table'), 'the memory cannot be searched')
    for secret in SECRETS.values():
        found = places_in_memory(child.pid, secret.encode())
        check(not found, secret, *found)
    wait_for(ran)
    child.communicate('\n', timeout=LIMIT)


def test_secrets_of_the_environment_are_not_copied_and_reach_the_helper(place: Place):
    ran = prepare(place)
    place.file(f'{place.home}/.env', VICTIM, MAIL)
    child = run_until_waiting(place, env=SECRETS)
    for secret in SECRETS.values():
        # The environment lies above the stack, which has what getenv() leaves there.
        found = places_in_memory(child.pid, secret.encode())
        check(found and all(mapping.endswith('[stack]') for _, mapping in found), secret, *found)
    environment = wait_for(ran)
    for key, value in SECRETS.items():
        check(f'{key}={value}\n' in environment, environment)
    child.communicate('\n', timeout=LIMIT)


main(globals())
