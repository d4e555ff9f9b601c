"""Programs whose wait() is for all of their children: the tool never is one, and they end without it."""

import contextlib
import http.server
import subprocess
import threading
import time

from scene import LIMIT, Scene, Skipped, check, finish, main

CONTAINER = ('unshare', '-p', '-f', '--kill-child', '--mount-proc')
NO_TOOL = 'missing: delivery\n'  # after a crash of the first process
NO_CHILD = 'others: 0, zombies: 0\n'
THREAD = 'thread: ordinary\n'  # has the tool


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.server.has_message.set()
        self.server.may_answer.wait()
        with contextlib.suppress(ConnectionError):  # the tool is gone
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'ok')

    def log_message(self, *_):
        pass


class Delivery:
    """A place that takes messages, and has the tool that brings one wait until release()."""

    def __init__(self, scene, server):
        self.server = server
        tools = scene.programs['dblog'].rsplit('/', 1)[0]
        self.environment = {'PATH': f"{tools}:{scene.environment['PATH']}",
                            'webhook': f'http://127.0.0.1:{server.server_address[1]}/'}

    def wait_for_tool(self):
        check(self.server.has_message.wait(LIMIT), 'no tool came')

    def release(self):
        self.server.may_answer.set()


@contextlib.contextmanager
def held_delivery(scene):
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Receiver) as server:
        server.has_message, server.may_answer = threading.Event(), threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        delivery = Delivery(scene, server)
        try:
            yield delivery
        finally:
            delivery.release()
            server.shutdown()


def states(scene):
    """Without an import, which does not wait for the tool that may be at work."""
    return scene.run('sqlite3', scene.database, 'SELECT state FROM outbox').output


def wait_until_sent(scene):
    end = time.monotonic() + LIMIT
    while states(scene) != 'sent\n':
        check(time.monotonic() < end, states(scene))
        time.sleep(0.05)


def line_of(child):
    """Its next one; of a child that waits for the tool: none."""
    timer = threading.Timer(LIMIT, child.kill)
    timer.start()
    try:
        return child.stdout.readline()
    finally:
        timer.cancel()


def start_supervisor(scene, delivery, *command):
    child = scene.start(*command, 1, env=delivery.environment, stdin=subprocess.PIPE,
                        stderr=subprocess.DEVNULL)
    if command[0] == 'unshare':
        check(line_of(child) == NO_TOOL)
    check(line_of(child) == NO_CHILD)
    return child


def needs_containers(scene):
    probe = scene.run(*CONTAINER, 'true')
    if probe.status != 0:
        raise Skipped(f'no process namespaces here: {probe.output}')


def test_a_subreaper_waits_for_its_own_children_only_and_not_for_the_tool(scene: Scene):
    with held_delivery(scene) as delivery:
        child = start_supervisor(scene, delivery, 'supervisor', 'subreaper')
        delivery.wait_for_tool()
        finish(child)
        # It has, and the tool still waits for its answer.
        check((child.status, child.output) == (0, THREAD + NO_CHILD), child.status, child.output)
        check(states(scene) != 'sent\n', states(scene))
        delivery.release()
        wait_until_sent(scene)


def test_a_container_ends_with_its_first_process_and_not_with_the_tool(scene: Scene):
    needs_containers(scene)
    with held_delivery(scene) as delivery:
        child = start_supervisor(scene, delivery, *CONTAINER,
                                 scene.programs['supervisor'], 'first-and-last')
        delivery.wait_for_tool()
        finish(child)
        check((child.status, child.output) == (0, THREAD + NO_CHILD), child.status, child.output)
        check(states(scene) != 'sent\n', states(scene))


def test_a_container_whose_first_process_is_a_shell_ends_without_the_tool(scene: Scene):
    needs_containers(scene)
    with held_delivery(scene) as delivery:
        child = scene.start(*CONTAINER, 'sh', '-c', f"{scene.programs['supervisor']} none 1; exit 7",
                            env=delivery.environment, stdin=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
        check(line_of(child) == NO_CHILD)
        delivery.wait_for_tool()
        finish(child)
        check(states(scene) != 'sent\n', states(scene))
        check((child.status, child.output) == (7, 'thread: none\n' + NO_CHILD), child.status, child.output)


def test_the_thread_sanitizer_sees_no_fork(scene: Scene):
    if 'sanitized_program' not in scene.programs:
        raise Skipped('the compiler has no thread sanitizer')
    with held_delivery(scene) as delivery:
        done = scene.run('sanitized_program', env=delivery.environment)
        if 'unexpected memory mapping' in done.output:
            raise Skipped('the thread sanitizer does not run on this kernel')
        check(done.status == 0 and done.output.endswith('second thread\nno child\nend\n'),
              done.status, done.output)
        delivery.wait_for_tool()
        delivery.release()
        wait_until_sent(scene)


def test_the_first_process_of_a_container_has_no_zombies_and_its_alerts(scene: Scene):
    needs_containers(scene)
    with held_delivery(scene) as delivery:
        child = start_supervisor(scene, delivery, *CONTAINER, scene.programs['supervisor'], 'first')
        delivery.wait_for_tool()
        child.stdin.close()
        child.stdin = None
        check((line_of(child), line_of(child)) == (THREAD, NO_CHILD))
        delivery.release()
        finish(child)  # it waits for the tool, which stays a few seconds
    check((child.status, child.output) == (0, 'left: 0\n'), child.status, child.output)
    check(states(scene) == 'sent\n', states(scene))


def test_the_first_process_of_a_container_dies_with_one_row(scene: Scene):
    needs_containers(scene)
    without = scene.run(*CONTAINER, scene.programs['ending_program'], 'without', 'abort').status
    for way, signal_name in (('abort', 'SIGABRT'), ('null', 'SIGSEGV')):
        done = scene.run(*CONTAINER, scene.programs['ending_program'], way)
        check(done.status == without, way, done.status, without, done.output)
        rows = scene.rows()
        check(rows[-1:] == [('signal', signal_name)], way, rows)
    check(len(scene.rows()) == 2, scene.rows())


def test_the_report_says_that_a_crash_of_the_first_process_starts_no_tool(scene: Scene):
    needs_containers(scene)
    with held_delivery(scene) as delivery:
        named = 'a crash of this process starts no tool'
        env = delivery.environment
        done = scene.run(*CONTAINER, scene.programs['ending_program'], 'null', env=env)
        check(named in done.output, done.output)
        # It is true: all that the crash left is there, and none is on its way.
        check(states(scene) == 'pending\n', states(scene))
        check('starts no tool' not in scene.run('ending_program', 'null', env=env).output)
        not_asked = scene.run(*CONTAINER, scene.programs['ending_program'], 'null',
                              env={**env, 'DBLOG_DELIVERY': 'none'})
        check(named not in not_asked.output, not_asked.output)


main(globals())
