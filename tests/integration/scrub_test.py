"""What the rules for scrubbing keep from files, messages and the screen:
scrub_test.py SCRUB_PROGRAM DBLOG SLACK_SERVER"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

from test_script import LIMIT, check, finish, query, run_tests, start

PROGRAM, TOOL, SERVER = sys.argv[1:4]
SECRETS = ('hunter2', 'S3CRET')
RULES = "scrub_keys = password, token\nscrub_patterns = 'S3CRET-[0-9]+\n  [0-9]{4}( [0-9]{4}){3}'\n"
SHOWN = [words.split() for words in (
    'list', 'list --json', 'list --full', 'show 1', 'show 1 --json', 'show 1 --full', 'groups', 'groups --json',
    'outbox list', 'outbox list --json', 'outbox show 1', 'outbox show 1 --json', 'report --output -',
    'flush --dry-run', 'export', 'export --full')]


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'
        self.env = {'PATH': f'{os.path.dirname(TOOL)}:/usr/bin:/bin', 'DBLOG_DB': self.database, 'TZ': 'UTC',
                    'HOME': path}

    def write_settings(self, text):
        with open(f'{self.path}/.env', 'w') as file:
            file.write(text)
        os.chmod(f'{self.path}/.env', 0o600)

    def run(self, *words, status=0):
        child = finish(start([PROGRAM, *words], cwd=self.path, env=self.env))
        check(child.status == status, child.args, child.status, child.output)
        return child.output

    def tool(self, *words, status=0, directory=None):
        child = finish(start([TOOL, '--db', self.database, *words], cwd=directory or self.path, env=self.env))
        check(child.status == status, child.args, child.status, child.output)
        return child.output

    def rows(self, sql):
        return query(self.database, sql)

    def files(self):
        """The bytes of all that dblog wrote, by name."""
        content = {}
        for name in os.listdir(self.path):
            if name.startswith('LOGS.db'):
                with open(f'{self.path}/{name}', 'rb') as file:
                    content[name] = file.read()
        check('LOGS.db' in content, content.keys())
        return content


class SlackServer:
    def __init__(self, path):
        self.diary = f'{path}/diary'
        self.process = subprocess.Popen([sys.executable, '-B', SERVER, '--diary', self.diary, 'ok'],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().split()[1]
        self.setting = f'webhook = http://127.0.0.1:{port}/services/T0/B0/x\n'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def bodies(self, at_least=1):
        end = time.monotonic() + LIMIT
        while True:
            if os.path.exists(self.diary):
                with open(self.diary) as file:
                    bodies = [json.loads(line)['body'] for line in file if line.endswith('\n')]
                if len(bodies) >= at_least:
                    return bodies
            check(time.monotonic() < end, 'nothing was sent')
            time.sleep(0.02)


def check_clean(text, *details):
    for secret in SECRETS:
        check(secret not in text, f'{secret} is in it', *details, text)


def check_files_are_clean(place):
    for name, content in place.files().items():
        for secret in SECRETS:
            check(secret.encode() not in content, f'{secret} is in {name}')


def check_what_is_shown(place):
    for words in SHOWN:
        output = place.tool(*words)
        check_clean(output, words)
        says_it = words[:2] != ['outbox', 'list'] and words[0] != 'flush'
        check('[scrubbed]' in output or not says_it, words, output)


def check_stored_crash(place):
    """As any program that reads the database finds it."""
    connection = sqlite3.connect(place.database)
    text = '\n'.join(connection.iterdump())
    connection.close()
    check_clean(text)
    check("'thrown password=[scrubbed] for [scrubbed]'" in text and "'note password=[scrubbed] for" in text and
          "'crumb password=[scrubbed] for [scrubbed]'" in text, text)


def check_rows_of_pushes(place):
    rows = place.rows('SELECT msg FROM error_table ORDER BY id')
    clean = 'password=[scrubbed] for [scrubbed]'
    check([row[0] for row in rows] == [f'plain {clean}', f'std::runtime_error: {clean}', clean], rows)
    fields = place.rows('SELECT name, type, value FROM event_fields WHERE source_id = 1 ORDER BY number')
    check(fields == [('auth_token', 'text', '[scrubbed]'), ('pin_token', 'text', '[scrubbed]'), ('said', 'text', clean),
                     ('password', 'text', '[scrubbed]'), ('scope', 'text', clean)], fields)
    tags = place.rows('SELECT tag FROM event_tags WHERE source_id = 1 ORDER BY tag')
    check(tags == [('[scrubbed] tag',), ('calm',)], tags)
    tasks = place.rows('SELECT task FROM hw_logs ORDER BY id')
    check(tasks == [(f'std::runtime_error: {clean}',), (f'monitor {clean}',)], tasks)
    check(place.rows('SELECT body FROM outbox') == [(f'std::runtime_error: {clean}',)], place.rows('SELECT * FROM outbox'))


def test_events_are_scrubbed_before_they_are_stored(place):
    place.write_settings(RULES)
    place.run('install', 'push')
    check_rows_of_pushes(place)
    check_files_are_clean(place)


def test_the_program_gives_rules_without_handlers_and_takes_them_back(place):
    place.run('rules', 'push')
    check_rows_of_pushes(place)
    check_files_are_clean(place)
    place.run('rules', 'no_rules', 'say=password=hunter2')
    check(place.rows('SELECT msg FROM error_table ORDER BY id DESC LIMIT 1') == [('password=hunter2',)])


def test_settings_count_without_handlers(place):
    place.write_settings(RULES)
    place.run('push')
    check_rows_of_pushes(place)
    check_files_are_clean(place)


def test_without_rules_all_stays(place):
    place.run('install', 'push')
    content = b''.join(place.files().values())
    check(all(secret.encode() in content for secret in SECRETS))
    check('hunter2' in place.tool('list'))
    place.write_settings(RULES)
    check_clean(place.tool('list', '--json'))


def test_queued_events_are_scrubbed_before_they_are_in_the_queue(place):
    place.write_settings(RULES)
    place.run('install', 'queue', 'kill', status=-signal.SIGKILL)
    check_files_are_clean(place)
    place.tool('recover')
    check_files_are_clean(place)
    clean = 'password=[scrubbed] for [scrubbed]'
    check(place.rows('SELECT msg FROM error_table') == [(f'queued {clean}',)] * 3)
    scopes = place.rows("SELECT DISTINCT value FROM event_fields WHERE name IN ('scope', 'said')")
    check(scopes == [(clean,)], scopes)


def test_a_killed_process_leaves_no_secret(place):
    place.write_settings(RULES)
    place.run('install', 'marks', 'kill', status=-signal.SIGKILL)
    for name, content in place.files().items():
        check(b'hunter2' not in content, f'the value of a key is in {name}')
    place.tool('recover')
    check_files_are_clean(place)
    clean = 'password=[scrubbed] for [scrubbed]'
    crumbs = place.rows('SELECT msg FROM breadcrumbs')
    check(crumbs == [(f'crumb {clean}',)], crumbs)
    values = place.rows('SELECT name, value FROM crash_fields ORDER BY name')
    check(values == [('api_token', '[scrubbed]'), ('said', clean)], values)


def test_a_crash_is_sent_and_shown_without_secrets(place):
    with SlackServer(place.path) as server:
        place.write_settings(RULES + server.setting)
        place.run('install_noting', 'marks', 'crash', status=-signal.SIGABRT)
        for words in SHOWN:
            check_clean(place.tool(*words), words)
        place.tool('flush')
        body, = server.bodies()
        check_clean(body)
        check('thrown password=[scrubbed] for [scrubbed]' in body and 'crumb password=[scrubbed]' in body and
              'note password=[scrubbed]' in body, body)
        check_stored_crash(place)
        check_what_is_shown(place)
        # Elsewhere the settings beside the database count.
        check_clean(place.tool('show', '1', '--json', directory='/'))
        crash = json.loads(place.tool('show', '1', '--json'))
        check(crash['msg'] == 'thrown password=[scrubbed] for [scrubbed]', crash)


def test_a_crash_is_scrubbed_in_the_database_by_the_first_look_at_it(place):
    place.write_settings(RULES)
    place.run('install_noting', 'marks', 'crash', status=-signal.SIGABRT)
    check('hunter2' in place.rows('SELECT msg FROM crashes')[0][0])
    place.tool('show', '1')
    check_stored_crash(place)


def test_a_crash_that_is_symbolized_first_is_scrubbed_in_the_database(place):
    place.write_settings(RULES)
    place.run('install_noting', 'marks', 'crash', status=-signal.SIGABRT)
    check('hunter2' in place.rows('SELECT msg FROM crashes')[0][0])
    place.tool('symbolize')
    check(place.rows('SELECT fingerprint IS NULL FROM crashes') == [(0,)])
    check_stored_crash(place)


def test_a_tool_that_the_program_starts_knows_its_rules(place):
    with SlackServer(place.path) as server:
        place.write_settings(server.setting)
        place.run('install_rules', 'marks', 'crash', status=-signal.SIGABRT)
        body, = server.bodies()
        check_clean(body)
        check('thrown password=[scrubbed] for [scrubbed]' in body, body)


def test_after_too_many_rules_for_it_fewer_bring_the_tool_back(place):
    with SlackServer(place.path) as server:
        place.write_settings(server.setting)
        output = place.run('install_rules', 'many_rules', 'rules', 'marks', 'crash', status=-signal.SIGABRT)
        check('too many for the tool' in output, output)
        body, = server.bodies()
        check_clean(body)
        check('thrown password=[scrubbed] for [scrubbed]' in body, body)


def test_rules_that_cannot_be_used_are_said_and_the_others_count(place):
    place.write_settings("scrub_keys = 'pass word, token'\nscrub_patterns = 'S3CRET-[0-9]+\n(hunter2'\nscrub_pattern=x\n")
    output = place.run('install', 'say=token=hunter2 S3CRET-1')
    check('.env:1: scrub_keys number 1 is no name' in output, output)
    check('.env:2: scrub_patterns number 2 cannot be used: missing' in output, output)
    check_clean(output)
    check(place.rows('SELECT msg FROM error_table') == [('token=[scrubbed] [scrubbed]',)])
    output = place.tool('list')
    check('dblog: not scrubbed by all rules: ' in output and 'scrub_keys number 1' in output, output)
    check_clean(output)
    output = place.run('bad_rules', 'say=S3CRET-2 is gone')
    check('refused: key 1 is no name' in output and 'refused: pattern 1 ' in output, output)
    check('refused: pattern 3 has a control character' in output and 'refused: pattern 4 has a ' in output, output)
    check_clean(output)
    check(place.rows('SELECT msg FROM error_table')[-1] == ('[scrubbed] is gone',))


def test_too_many_rules_in_two_files_are_said(place):
    place.run('say=secret1=a')
    place.write_settings('scrub_keys = ' + ','.join(f'secret{i}' for i in range(40)) + '\n')
    other = f'{place.path}/other'
    os.mkdir(other)
    with open(f'{other}/.env', 'w') as file:
        file.write('scrub_keys = ' + ','.join(f'else{i}' for i in range(25)) + '\n')
    os.chmod(f'{other}/.env', 0o600)
    output = place.tool('list', directory=other)
    check('not scrubbed by all rules: key 65 is one too many: there may be 64' in output, output)


def test_rules_that_there_is_no_memory_for_are_said(place):
    output = place.run('rules', 'rules_without_memory', 'say=password=hunter2')
    check('refused: no memory for the rules' in output, output)
    check(place.rows('SELECT msg FROM error_table') == [('password=[scrubbed]',)])


def test_a_note_about_a_group_is_scrubbed(place):
    place.write_settings(RULES)
    place.run('install', 'crash', status=-signal.SIGABRT)
    place.tool('show', '1')
    place.tool('group', 'note', '1', 'the password=hunter2 was S3CRET-7')
    notes = place.rows('SELECT note FROM crash_group_states')
    check(notes == [('the password=[scrubbed] was [scrubbed]',)], notes)


run_tests(globals(), 'dblog-scrub-', Place, sys.argv[4:])
