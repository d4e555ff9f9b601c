"""What dblog export gives to other programs: export_test.py SESSION_PROGRAM DBLOG"""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys

from test_script import Skipped, check, finish, run_tests, start

PROGRAM, TOOL = sys.argv[1:3]
NAME = os.path.basename(PROGRAM)


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'
        self.env = {'PATH': '/usr/bin:/bin', 'DBLOG_DB': self.database, 'TZ': 'UTC', 'HOME': path}

    def run(self, *words, status=0):
        child = finish(start([PROGRAM, *words], cwd=self.path, env=self.env))
        check(child.status == status, child.args, child.status, child.output)

    def tool(self, *words, status=0, **options):
        child = subprocess.run([TOOL, *words], cwd=self.path, env=self.env, text=True, timeout=240,
                               capture_output=True, check=False, **options)
        check(child.returncode == status, words, child.returncode, child.stdout, child.stderr)
        return child

    def lines(self, *words):
        return [json.loads(line) for line in self.tool('export', *words).stdout.splitlines()]

    def write(self, sql):
        connection = sqlite3.connect(self.database)
        connection.executescript(sql)
        connection.close()

    def read(self, name):
        with open(f'{self.path}/{name}', encoding='utf-8') as file:
            return file.read()

    def fill(self):
        self.run('install=1.2', 'push=disk full', 'warn=slow', 'crumb=loading', 'into=audit', 'fault', status=-11)
        self.run('install=1.3', 'push=disk full', 'throw=x', status=-6)


def ids(entries):
    return [f'{entry["table"]}/{entry["id"]}' for entry in entries]


def test_each_line_is_an_object_of_the_list_in_a_stable_order(place):
    place.fill()
    entries = place.lines()
    check(ids(entries) == ['crashes/1', 'crashes/2', 'audit/1', 'error_table/1', 'error_table/2', 'error_table/3'],
          ids(entries))
    listed = {(entry['table'], entry['id']): entry for entry in json.loads(place.tool('list', '--json').stdout)}
    for entry in entries:
        check(entry == listed[entry['table'], entry['id']], entry)
    check(place.lines('--format', 'jsonl') == entries)


def test_it_goes_on_where_it_ended_and_takes_the_filters_of_the_list(place):
    place.fill()
    check(ids(place.lines('--after', '2')) == ids(place.lines())[2:])
    check(ids(place.lines('--after', 'error_table/2')) == ['error_table/3'])
    check(ids(place.lines('--table', 'error_table', '--after', 'error_table/1')) == ['error_table/2', 'error_table/3'])
    check(ids(place.lines('--crashes', '--after', '1')) == ['crashes/2'])
    check(ids(place.lines('--release', '1.3')) == ['crashes/2', 'error_table/3'])
    check(ids(place.lines('--severity', 'warning', '--kind', 'event', '--text', 'slow')) == ['error_table/2'])
    for wrong in ('nothing', 'x y/1', 'other/1'):
        error = place.tool('export', '--after', wrong, status=2).stderr
        check(error == f"dblog: --after {wrong}: is not an ID, as 'dblog list' prints it, of what is exported\n", error)


def test_full_has_all_that_show_has(place):
    place.fill()
    place.tool('symbolize')  # as show does by itself
    full = place.lines('--full')
    for entry in full:
        name = f'{entry["table"]}/{entry["id"]}'
        shown = json.loads(place.tool('show', name, '--json').stdout)
        for frames in (shown.get('frames'), *[(shown.get('stacks') or {}).get(which, {}).get('frames')
                                              for which in ('pushed', 'thrown')]):
            for frame in frames or ():
                frame['source'] = None
        check(entry == shown, name)
    check(full[0]['frames'] and full[0]['breadcrumbs'][0]['msg'] == 'loading', full[0])


def test_more_than_one_reading_and_its_memory(place):
    place.run('install', 'plain=x')
    place.write("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO "
                "error_table (msg, date) SELECT hex(zeroblob(2000)), '2026-01-01 00:00:00.000000' FROM n")
    lines = 0
    limit = 60 << 20  # the rows are 80 MB

    def limit_memory():
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    with subprocess.Popen([TOOL, 'export'], cwd=place.path, env=place.env, stdout=subprocess.PIPE,
                          preexec_fn=limit_memory) as child:
        for line in child.stdout:
            lines += 1
            check(json.loads(line)['id'] == lines)
        check(child.wait() == 0, child.returncode)
    check(lines == 20000, lines)


def test_a_file_is_whole_or_not_there(place):
    place.fill()
    child = place.tool('export', '--output', 'all.jsonl')
    check(child.stdout == f'all.jsonl: 6 lines; {os.path.getsize(f"{place.path}/all.jsonl") / 1e6:.1f} MB\n')
    check(place.read('all.jsonl') == place.tool('export').stdout)
    check(os.stat(f'{place.path}/all.jsonl').st_mode & 0o777 == 0o600)
    error = place.tool('export', '--output', 'all.jsonl', status=2).stderr
    check(error == 'dblog: all.jsonl: it exists; --force replaces it, --output takes another name\n', error)
    written = json.loads(place.tool('--json', 'export', '--crashes', '--force', '--output', 'all.jsonl').stdout)
    check(written == {'file': 'all.jsonl', 'bytes': os.path.getsize(f'{place.path}/all.jsonl'), 'entries': 2})
    for name in ('LOGS.db', './LOGS.db', 'LOGS.db-wal'):
        error = place.tool('export', '--force', '--output', name, status=2).stderr
        check(error == f'dblog: {name}: this is the database; --output takes another name\n', error)
    place.tool('export', '--output', 'nowhere/x', status=1)
    check(not [name for name in os.listdir(place.path) if name.startswith('all.jsonl.')], os.listdir(place.path))


def test_what_cannot_be_written_is_an_error(place):
    place.fill()
    with open('/dev/full', 'w', encoding='utf-8') as full:
        for words in (['export'], ['export', '--full'], ['export', '--format', 'prometheus']):
            child = subprocess.run([TOOL, *words], cwd=place.path, env=place.env, text=True, stdout=full,
                                   stderr=subprocess.PIPE, check=False)
            check(child.returncode == 1, words, child.returncode)
            check(child.stderr == 'dblog: standard output: No space left on device\n', child.stderr)
    read, write = os.pipe()
    os.close(read)
    for ignored, status in ((False, -signal.SIGPIPE), (True, 1)):
        child = subprocess.run([TOOL, 'export'], cwd=place.path, env=place.env, text=True, stdout=write,
                               stderr=subprocess.PIPE, check=False, restore_signals=not ignored)
        check(child.returncode == status, child.returncode)
        check(child.stderr == ('dblog: standard output: Broken pipe\n' if ignored else ''), child.stderr)
    os.close(write)
    place.write("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO error_table "
                "(msg, date) SELECT 'x', '2026' FROM n")

    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
    error = place.tool('export', '--output', 'cut.jsonl', status=1, preexec_fn=limit_files).stderr
    check(error == 'dblog: cut.jsonl: File too large\n', error)
    check(not [name for name in os.listdir(place.path) if name.startswith('cut')], os.listdir(place.path))


def parsed(text):
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        raise Skipped('no python3-prometheus-client') from None
    families = {}
    for family in text_string_to_metric_families(text):
        check(family.type == 'gauge' and family.documentation, family)
        check(family.name not in families, family)
        families[family.name] = {tuple(sorted(sample.labels.items())): sample.value for sample in family.samples}
        check(len(families[family.name]) == len(family.samples), family)
    return families


def labels(**values):
    return tuple(sorted(values.items()))


def test_prometheus_as_exact_text(place):
    place.fill()
    place.write("UPDATE crashes SET date = '2026-01-31 12:00:00.000001', utc_offset = 3600 WHERE id = 2; "
                "UPDATE crashes SET date = '2026-01-31 10:00:00.000000' WHERE id = 1")
    check(place.tool('export', '--format', 'prometheus').stdout == f'''\
# HELP dblog_crashes Crashes and killed processes in the database.
# TYPE dblog_crashes gauge
dblog_crashes{{program="{NAME}",release="1.2",kind="signal",signal="SIGSEGV"}} 1
dblog_crashes{{program="{NAME}",release="1.3",kind="exception",signal=""}} 1
# HELP dblog_last_crash_timestamp_seconds When the newest crash was noticed, in seconds since 1970.
# TYPE dblog_last_crash_timestamp_seconds gauge
dblog_last_crash_timestamp_seconds{{program="{NAME}"}} 1769857200
# HELP dblog_events Events in the database.
# TYPE dblog_events gauge
dblog_events{{table="audit",severity="error",release="1.2"}} 1
dblog_events{{table="error_table",severity="error",release="1.2"}} 1
dblog_events{{table="error_table",severity="error",release="1.3"}} 1
dblog_events{{table="error_table",severity="warning",release="1.2"}} 1
''')


def test_prometheus_is_what_its_parser_reads_whatever_the_labels(place):
    place.fill()
    place.write("UPDATE crashes SET release = 'a\"b\\c' || char(10) || '{d=\"e\"}, ü', signal_name = NULL, kind = "
                "'killed' WHERE id = 1; UPDATE crashes SET executable = '/opt/new/' || ?, release = NULL".replace(
                    '?', f"'{NAME}'"))
    families = parsed(place.tool('export', '--format', 'prometheus').stdout)
    check(families['dblog_crashes'] == {
        labels(program=NAME, release='', kind='killed', signal=''): 1,
        labels(program=NAME, release='', kind='exception', signal=''): 1}, families)
    place.write("UPDATE crashes SET release = 'a\"b\\c' || char(10) || '{d=\"e\"}, ü' WHERE id = 1")
    families = parsed(place.tool('export', '--format', 'prometheus').stdout)
    releases = [dict(key)['release'] for key in families['dblog_crashes']]
    check(sorted(releases) == ['', 'a"b\\c\\n{d="e"}, ü'], releases)
    check(sum(families['dblog_events'].values()) == 4, families)
    filtered = parsed(place.tool('export', '--format', 'prometheus', '--table', 'audit', status=2).stdout or '')
    check(not filtered)
    filtered = parsed(place.tool('export', '--format', 'prometheus', '--severity', 'error', '--kind', 'event').stdout)
    check(list(filtered) == ['dblog_events'] and sum(filtered['dblog_events'].values()) == 3, filtered)


def test_prometheus_of_an_empty_database_and_its_file(place):
    place.run('install')
    check(place.tool('export', '--format', 'prometheus').stdout == '')
    place.run('install', 'push=x')
    os.umask(0o022)
    words = ('export', '--format', 'prometheus', '--output', 'dblog.prom', '--force')
    check(place.tool(*words).stdout == 'dblog.prom: 1 sample; 0.0 MB\n')
    check(place.tool(*words).stdout == 'dblog.prom: 1 sample; 0.0 MB\n')
    check(place.read('dblog.prom') == place.tool(*words[:3]).stdout)
    check(os.stat(f'{place.path}/dblog.prom').st_mode & 0o777 == 0o644)


def test_a_bundle_has_one_crash_without_secrets_or_homes(place):
    place.fill()
    place.tool('symbolize')
    place.write("UPDATE crashes SET msg = 'password=hunter2 in /home/anna/app/main.cpp, /homepage, /root', executable = "
                "'/home/anna/bin/app', host = 'web1' WHERE id = 1; UPDATE breadcrumbs SET msg = '```` token: hunter2'; "
                "UPDATE frames SET file = '/home/anna/src/app.cpp', line = 3; UPDATE dblog_processes SET host = 'web1'; "
                "INSERT INTO outbox (uuid, channel, subject, body, created, source_table, source_id) VALUES ('o', "
                "'slack', 'on web1', 'on web1', '2026', 'crashes', 1)")
    with open(f'{place.path}/.env', 'w', encoding='utf-8') as env:
        env.write('scrub_keys = password, token\n')
    os.chmod(f'{place.path}/.env', 0o600)
    out = place.tool('export', 'bundle', '1').stdout
    check([name for name in os.listdir(place.path) if name.startswith('dblog-')] == ['dblog-crash-1'])
    check(sorted(os.listdir(f'{place.path}/dblog-crash-1')) == ['report.json', 'report.md'])
    page, data = (place.read(f'dblog-crash-1/report.{ending}') for ending in ('md', 'json'))
    crash = json.loads(data)
    start_of, fence, rest = page.partition('`````\n')
    check(start_of.startswith('# Crash report\n\nMade by dblog ') and rest.endswith('\n' + fence), page)
    for text in (page, data):
        for secret in ('hunter2', 'anna', 'web1', os.uname().nodename):
            check(secret not in text, secret, text)
        check('~/bin/app' in text and '~/src/app.cpp' in text and '[scrubbed]' in text, text)
    check(crash['msg'] == 'password=[scrubbed] in ~/app/main.cpp, /homepage, ~', crash['msg'])
    check('source lines' not in page, page)
    check(crash['outbox'] == [] and 'host' not in crash and crash['frames'], crash)
    check(out.splitlines()[0] == f'dblog-crash-1/report.md: {len(page.encode())} bytes', out)
    check(out.splitlines()[1] == f'dblog-crash-1/report.json: {len(data)} bytes', out)
    check(out.splitlines()[2].startswith('In them: message, ') and ', 1 breadcrumb, hardware.' in out, out)
    check(out.splitlines()[3:] == [
        "Home directories are ~; host name, messages sent and source lines are left out. Look through both files before "
        "you send them: the program's own texts may say more than that."], out)
    check(os.stat(f'{place.path}/dblog-crash-1').st_mode & 0o777 == 0o700)
    error = place.tool('export', 'bundle', '1', status=2).stderr
    check(error == 'dblog: dblog-crash-1: it exists; --output takes another name\n', error)


def test_a_bundle_of_an_event_and_its_options(place):
    place.fill()
    written = json.loads(place.tool('export', 'bundle', 'error_table/1', '--output', 'report', '--json').stdout)
    check(written == {'directory': 'report', 'files': {name: os.path.getsize(f'{place.path}/report/{name}')
                                                       for name in ('report.md', 'report.json')}}, written)
    check(place.read('report/report.md').startswith('# Error report\n'))
    place.tool('export', 'bundle', 'error_table/9', status=1)
    place.tool('export', 'bundle', '--output', 'nowhere/x', status=1)
    error = place.tool('export', '--full', 'bundle', '1', status=2).stderr
    check('--full is of export alone' in error, error)


run_tests(globals(), 'dblog-export-', Place, sys.argv[3:])
