"""Services with worker processes: they start, answer, lose a worker and are stopped as without dblog."""

import contextlib
import os
import pwd
import signal
import socket
import time

from scene import LIMIT, Scene, Skipped, check, finish, main
from side_by_side import compare


def wait_for(question, what, service):
    """Its answer, when it is true; until then the service has to live."""
    end = time.monotonic() + LIMIT / 2
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            answer = question()
            if answer:
                return answer
        check(service.poll() is None, what, 'the service is gone', service.poll())
        time.sleep(0.02)
    raise AssertionError(f'waited for {what}')


@contextlib.contextmanager
def running(own, *command, env=None):
    """A service in the foreground; what it writes goes to a file, its end is waited for."""
    with open(f'{own.path}/service.log', 'a') as log:
        service = own.start(*command, env={**own.way, **(env or {})}, stdout=log)
    try:
        yield service
    except BaseException:
        service.terminate()
        print(read(own, 'service.log')[-4000:], flush=True)
        raise
    finally:
        finish(service)


def children(process):
    with open(f'/proc/{process}/task/{process}/children') as file:
        return [int(child) for child in file.read().split()]


def name_of(process):
    with open(f'/proc/{process}/cmdline') as file:
        return file.read()


def read(own, name):
    with open(f'{own.path}/{name}') as file:
        return file.read()


def text_file(own, name, text):
    with open(f'{own.path}/{name}', 'w') as file:
        file.write(text)
    return f'{own.path}/{name}'


def as_another_user(own, name):
    """The number of a user to run programs as, to whom the scene's directory then belongs."""
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam(name).pw_uid
    except KeyError:
        raise Skipped(f'there is no user {name}') from None
    os.chown(own.path, user, user)
    try:
        own.run('dblog', '--version', user=user)
    except PermissionError:
        raise Skipped(f'{name} may not run what was built in this place') from None
    return user


NGINX = '''
daemon off; worker_processes 2; pid nginx.pid; error_log stderr notice; {user}
events {{ worker_connections 32; }}
http {{
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{ listen unix:{path}/socket; location / {{ return 200 "answer\\n"; }} }}
}}
'''


def ask_nginx(own):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f'{own.path}/socket')
        connection.sendall(b'GET / HTTP/1.0\r\n\r\n')
        answer = b''.join(iter(lambda: connection.recv(4096), b''))
    return answer.split(b'\r\n\r\n')[-1]


def start_nginx(own, drops_rights=True):
    """As root, its workers become another user; else all of it is one user's, who is not root."""
    own.program('nginx')
    own.user = None if drops_rights else as_another_user(own, 'nobody')
    user = 'user nobody nogroup;' if os.geteuid() == 0 and drops_rights else ''
    text_file(own, 'nginx.conf', NGINX.format(user=user, path=own.path))
    return running(own, 'nginx', '-p', own.path, '-c', f'{own.path}/nginx.conf')


def nginx_workers(service):
    return [child for child in children(service.pid) if 'worker process' in name_of(child)]


def two_workers(service):
    return wait_for(lambda: len(nginx_workers(service)) == 2 and nginx_workers(service),
                    'its workers', service)


def stop_nginx(number):
    def act(own):
        with start_nginx(own) as service:
            wait_for(lambda: ask_nginx(own), 'an answer', service)
            before = set(two_workers(service))
            service.send_signal(signal.SIGHUP)  # other workers take over
            wait_for(lambda: len(nginx_workers(service)) == 2 and
                     not before & set(nginx_workers(service)), 'new workers', service)
            answer = ask_nginx(own)
            service.send_signal(number)
        return answer, service.status
    return act


def test_nginx_is_told_to_end(scene: Scene):
    compare(scene, stop_nginx(signal.SIGTERM))


def test_nginx_is_told_to_end_what_it_does_first(scene: Scene):
    compare(scene, stop_nginx(signal.SIGQUIT))


def crash_nginx(drops_rights):
    def act(own):
        with start_nginx(own, drops_rights) as service:
            wait_for(lambda: ask_nginx(own), 'an answer', service)
            crashed = two_workers(service)[0]
            os.kill(crashed, signal.SIGSEGV)
            wait_for(lambda: crashed not in two_workers(service), 'another worker', service)
            answer = ask_nginx(own)
            service.send_signal(signal.SIGTERM)
        log = read(own, 'service.log')
        ends = [line.split(str(crashed))[1] for line in log.splitlines()
                if 'exited on signal' in line]
        check('NOT recorded' not in log, log)
        return answer, service.status, ends
    return act


def test_a_worker_of_nginx_crashes(scene: Scene):
    compare(scene, crash_nginx(drops_rights=False), [('signal', 'SIGSEGV')])


def test_a_worker_of_nginx_that_has_dropped_its_rights_crashes(scene: Scene):
    if os.geteuid() != 0:
        raise Skipped('only root has rights to drop')
    compare(scene, crash_nginx(drops_rights=True), [('signal', 'SIGSEGV')])


@contextlib.contextmanager
def redis(own):
    own.program('redis-server')
    # Redis dies in the memory test of its crash report at times, without dblog, too.
    conf = text_file(own, 'redis.conf', 'port 0\nunixsocket redis.sock\nsave ""\n'
                     f'dir {own.path}\nenable-debug-command local\ncrash-memcheck-enabled no\n')
    with running(own, 'redis-server', conf) as service:
        def ask(*words):
            return own.run('redis-cli', '-s', 'redis.sock', *words, env=own.way).output
        wait_for(lambda: ask('PING') == 'PONG\n', 'an answer', service)
        service.ask = ask
        yield service


def test_redis(scene: Scene):
    def act(own):
        with redis(own) as service:
            answers = [service.ask('SET', 'a', '1'), service.ask('BGSAVE')]
            wait_for(lambda: os.path.exists(f'{own.path}/dump.rdb'), 'the file', service)
            answers += [service.ask('EVAL', 'return 2 * 21', '0'), service.ask('GET', 'a')]
            service.send_signal(signal.SIGTERM)
        return answers, service.status
    compare(scene, act)


def test_redis_crashes(scene: Scene):
    def act(own):
        with redis(own) as service:
            service.ask('DEBUG', 'SEGFAULT')
        if own.way:
            facts = own.rows('SELECT signal_code > 0, fault_address IS NOT NULL FROM crashes')
            check(facts == [(1, 1)], facts, own.rows('SELECT msg FROM crashes'), service.status)
        return service.status, 'REDIS BUG REPORT START' in read(own, 'service.log')
    # Its own handler took the place of dblog's, puts the default back and sends itself the signal:
    # the row has the fault.
    compare(scene, act, [('signal', 'SIGSEGV')])


def postgres_programs(scene):
    versions = '/usr/lib/postgresql'
    if not os.path.isdir(versions):
        raise Skipped('postgresql is not installed')
    return f'{versions}/{max(os.listdir(versions), key=float)}/bin'


@contextlib.contextmanager
def postgres(own):
    programs = postgres_programs(own)
    own.user = as_another_user(own, 'postgres')  # it does not run as root
    own.programs = {**own.programs, 'psql': f'{programs}/psql', 'initdb': f'{programs}/initdb',
                    'postgres': f'{programs}/postgres'}
    made = own.run('initdb', '-D', 'data', '-A', 'trust', '-N', '--no-locale', '-E', 'UTF8', '-U',
                   'owner', env=own.way)
    check(made.status == 0, made.output)
    with running(own, 'postgres', '-D', 'data', '-k', own.path, '-c', 'listen_addresses=',
                 '-c', 'fsync=off', '-c', 'shared_buffers=1MB') as service:
        def ask(query):
            return own.run('psql', '-X', '-A', '-t', '-h', own.path, '-U', 'owner', '-d',
                           'postgres', '-c', query, env=own.way).output
        wait_for(lambda: ask('SELECT 42') == '42\n', 'an answer', service)
        service.ask = ask
        yield service


def test_postgresql(scene: Scene):
    def act(own):
        with postgres(own) as service:
            answers = [service.ask('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n'),
                       service.ask('SELECT sum(n) FROM t'),
                       service.ask('SELECT pg_terminate_backend(pg_backend_pid())'),
                       service.ask("SET statement_timeout = 50; SELECT pg_sleep(60)"),
                       service.ask('VACUUM ANALYZE t')]
            service.send_signal(signal.SIGTERM)
        return answers, service.status
    compare(scene, act)


def test_a_backend_of_postgresql_crashes(scene: Scene):
    def act(own):
        with postgres(own) as service:
            client = own.start('psql', '-X', '-A', '-t', '-h', own.path, '-U', 'owner', '-d',
                               'postgres', '-c', 'SELECT pg_sleep(600)', env=own.way)
            query = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
            backend = int(wait_for(lambda: service.ask(query).strip(), 'the backend', service))
            os.kill(backend, signal.SIGSEGV)
            answers = [finish(client).status]
            ready = 'database system is ready to accept connections'
            wait_for(lambda: read(own, 'service.log').count(ready) == 2, 'its recovery', service)
            service.send_signal(signal.SIGINT)
        ends = [line.split(')')[1] for line in read(own, 'service.log').splitlines()
                if 'was terminated by signal' in line]
        return answers, service.status, ends
    compare(scene, act, [('signal', 'SIGSEGV')])


main(globals())
