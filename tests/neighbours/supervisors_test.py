"""Programs whose wait() is for all of their children: the tool never is one."""

import contextlib
import http.server
import subprocess
import threading

from scene import Scene, Skipped, check, finish, main


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'ok')

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def delivery(scene):
    """An environment with the tool, and a place that takes its messages."""
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tools = scene.programs['dblog'].rsplit('/', 1)[0]
        yield {'PATH': f"{tools}:{scene.environment['PATH']}",
               'webhook': f'http://127.0.0.1:{server.server_address[1]}/'}
        server.shutdown()


def test_a_subreaper_waits_for_its_own_children_only(scene: Scene):
    with delivery(scene) as env:
        done = scene.run('supervisor', 'subreaper', 1, env=env)
    check((done.status, done.output) == (0, 'others: 0, zombies: 0\n'), done.status, done.output)


def test_the_thread_sanitizer_sees_no_fork(scene: Scene):
    if 'sanitized_program' not in scene.programs:
        raise Skipped('the compiler has no thread sanitizer')
    with delivery(scene) as env:
        done = scene.run('sanitized_program', env=env)
    if 'unexpected memory mapping' in done.output:
        raise Skipped('the thread sanitizer does not run on this kernel')
    check(done.status == 0 and done.output.endswith('second thread\nend\n'), done.status,
          done.output)


def test_the_first_process_of_a_container_has_no_zombies_and_its_alerts(scene: Scene):
    container = ('unshare', '-p', '-f', '--mount-proc')
    probe = scene.run(*container, 'true')
    if probe.status != 0:
        raise Skipped(f'no process namespaces here: {probe.output}')
    with delivery(scene) as env:
        child = scene.start(*container, scene.programs['supervisor'], 'first', 1, env=env,
                            stdin=subprocess.PIPE)
        check(child.stdout.readline() == 'others: 0, zombies: 0\n')
        finish(child)  # it waits for the tool, which stays a few seconds
    check((child.status, child.output) == (0, 'left: 0\n'), child.status, child.output)
    sent = scene.rows('SELECT state FROM outbox')
    check(sent == [('sent',)], sent)


def test_the_first_process_of_a_container_dies_with_one_row(scene: Scene):
    container = ('unshare', '-p', '-f', '--mount-proc')
    if scene.run(*container, 'true').status != 0:
        raise Skipped('no process namespaces here')
    without = scene.run(*container, scene.programs['ending_program'], 'without', 'abort').status
    for way, signal_name in (('abort', 'SIGABRT'), ('null', 'SIGSEGV')):
        done = scene.run(*container, scene.programs['ending_program'], way)
        check(done.status == without, way, done.status, without, done.output)
        rows = scene.rows()
        check(rows[-1:] == [('signal', signal_name)], way, rows)
    check(len(scene.rows()) == 2, scene.rows())


main(globals())
