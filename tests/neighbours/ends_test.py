"""Ends without a crash: as without dblog, and no row that is not true."""

import contextlib
import glob
import os
import pty
import select
import signal
import sqlite3
import subprocess
import time

from scene import LIMIT, Scene, Skipped, check, finish, main


SHARED, STATIC, ALL_STATIC = 'ending_program', 'ending_program_static', 'ending_program_all_static'


def end_by_signal(scene, number, *arguments, program=SHARED):
    child = scene.start(program, *arguments, stderr=subprocess.DEVNULL)
    check(child.stdout.readline() == 'ready\n')
    child.send_signal(number)
    return finish(child)


def check_what_a_program_sees(scene, program):
    without = scene.run(program, 'without', 'asks').output
    check(without.count('\n') == 12, without)
    with_us = scene.run(program, 'asks', stderr=subprocess.DEVNULL).output
    check(with_us == without, without, with_us)


def test_a_program_sees_what_it_would_see_without_us(scene: Scene):
    check_what_a_program_sees(scene, SHARED)


def test_a_handler_for_one_call_that_is_replaced_is_named(scene: Scene):
    without = scene.run('ending_program', 'without', 'replaces-once').output
    check(without.startswith('again '), without)
    with_us = scene.run('ending_program', 'replaces-once', stderr=subprocess.DEVNULL).output
    check(with_us == without, without, with_us)


def test_a_crash_handler_that_signal_puts_back_records_as_before(scene: Scene):
    check(scene.run('ending_program', 'puts-back').status == -signal.SIGSEGV)
    rows = scene.rows('SELECT signal_name, signal_code, fault_address FROM crashes')
    check(rows == [('SIGSEGV', 1, '0x18')], rows)


def check_service_that_is_stopped(scene, program):
    for way in ('default', 'tidies', 'tidies-once', 'tidies-system-v', 'sets-default-again'):
        without = end_by_signal(scene, signal.SIGTERM, 'without', way, program=program)
        check(without.status == -signal.SIGTERM, way, without.status)
        with_us = end_by_signal(scene, signal.SIGTERM, way, program=program)
        check((with_us.status, with_us.output) == (without.status, without.output), way,
              with_us.status, with_us.output)
        check(scene.rows() == [], way, scene.rows())


def test_a_service_that_is_stopped_leaves_no_row(scene: Scene):
    check_service_that_is_stopped(scene, SHARED)


def test_a_service_that_timeout_stops_leaves_no_row(scene: Scene):
    done = scene.run('timeout', '0.3', scene.program('ending_program'), 'default')
    check(done.status == 124, done.status)
    check(scene.rows() == [], scene.rows())


def check_exits_past_the_exit_functions(scene, program):
    for way in ('_exit', '_Exit', 'quick_exit', 'last-thread'):
        done = scene.run(program, way)
        check(done.status == (0 if way == 'last-thread' else 5), way, done.status)
        check(scene.rows() == [], way, scene.rows())


def test_exits_past_the_exit_functions_leave_no_row(scene: Scene):
    check_exits_past_the_exit_functions(scene, SHARED)


def check_kills(scene, program):
    for way in ('kill', 'kill-after-vfork'):
        check(scene.run(program, way).status == -signal.SIGKILL)
    check(scene.rows() == [('killed', None)] * 2, scene.rows())
    check(scene.rows('SELECT count(*) FROM outbox') == [(2,)])


def test_kills_leave_a_row_with_its_alert(scene: Scene):
    check_kills(scene, SHARED)


def test_an_end_past_the_c_library_looks_like_a_kill_and_the_row_says_so(scene: Scene):
    check(scene.run('ending_program', 'bare-exit').status == 5)
    rows = scene.rows('SELECT kind, cause, msg FROM crashes')
    check([row[:2] for row in rows] == [('killed', 'unknown')], rows)
    check('ends past the C library leave no other trace' in rows[0][2], rows)


def test_a_signal_that_the_program_does_not_handle_is_named(scene: Scene):
    check(scene.run('ending_program', 'pipe').status == -signal.SIGPIPE)
    rows = scene.rows('SELECT kind, cause, killed_by, msg FROM crashes')
    check(len(rows) == 1 and rows[0][:3] == ('killed', 'signal', signal.SIGPIPE), rows)
    check(rows[0][3].startswith('killed by SIGPIPE'), rows)


def alerts_of(scene, number, program):
    """Rows, and alerts, of a program that ends by the default action of a signal."""
    status = end_by_signal(scene, number, 'default', program=program).status
    check(status == -number, number, status)
    found = scene.rows('SELECT coalesce(killed_by, kind), (SELECT count(*) FROM outbox) FROM crashes')
    with contextlib.closing(sqlite3.connect(scene.database)) as database, database:
        database.execute('DELETE FROM crashes')
        database.execute('DELETE FROM outbox')
    return found


def check_signals(scene, program):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        check(alerts_of(scene, number, program) == [], number)
    for number in (signal.SIGPIPE, signal.SIGQUIT):
        found = alerts_of(scene, number, program)
        check(found == [(number, 0)], number, found)
    for number in (signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU, signal.SIGXFSZ,
                   signal.SIGVTALRM, signal.SIGPROF):
        found = alerts_of(scene, number, program)
        check(found == [(number, 1)], number, found)
    found = alerts_of(scene, signal.SIGKILL, program)
    check(found == [('killed', 1)], found)


def test_signals_that_usually_end_programs_alert_no_one(scene: Scene):
    check_signals(scene, SHARED)


def check_ends(scene, program):
    """All of them come to dblog, as the report says."""
    named = scene.run(program, 'reports', stderr=subprocess.DEVNULL).output
    check('ends of the program' not in named, named)
    check_what_a_program_sees(scene, program)
    check_service_that_is_stopped(scene, program)
    check_exits_past_the_exit_functions(scene, program)
    check_signals(scene, program)
    check_kills(scene, program)


def test_a_program_with_the_static_library_ends_as_one_with_the_shared(scene: Scene):
    check_ends(scene, STATIC)


def test_a_program_without_shared_libraries_ends_as_one_with_them(scene: Scene):
    if ALL_STATIC not in scene.programs:
        raise Skipped('not every library that it needs is there as a static one')
    check_ends(scene, ALL_STATIC)


def test_a_program_whose_reader_has_read_enough_alerts_no_one(scene: Scene):
    child = scene.start('ending_program', 'yes', stderr=subprocess.DEVNULL)
    check(child.stdout.readline() == 'y\n')
    child.stdout.close()
    check(child.wait(LIMIT) == -signal.SIGPIPE)
    check(scene.rows('SELECT kind, killed_by FROM crashes') == [('killed', signal.SIGPIPE)])
    check(scene.rows('SELECT count(*) FROM outbox') == [(0,)])


def test_a_debugger_that_stops_at_throws_stops_at_those_of_the_program_only(scene: Scene):
    done = scene.run('gdb', '-nx', '-q', '-batch', '-ex', 'set breakpoint pending on',
                     '-ex', 'catch throw', '-ex', 'run throws', '-ex', 'bt', '-ex', 'continue',
                     scene.program('ending_program'))
    if 'Couldn\'t get' in done.output or 'ptrace' in done.output:
        raise Skipped('gdb may not trace here')
    check(done.output.count('exception thrown') == 1 and 'throw_and_catch' in done.output and
          'exited normally' in done.output, done.output)


def test_a_program_under_libfaketime_that_has_pushed_ends_as_it_would(scene: Scene):
    libraries = glob.glob('/usr/lib/*/faketime/libfaketime.so.1')
    if not libraries:
        raise Skipped('libfaketime is not installed')
    faked = {'LD_PRELOAD': libraries[0], 'FAKETIME': '@2001-02-03 04:05:06'}
    done = scene.run('ending_program', 'pushes', env=faked, stderr=subprocess.DEVNULL)
    check((done.status, done.output) == (0, 'pushed\n'), done.status, done.output)
    check(scene.rows() == [], scene.rows())
    check(scene.rows('SELECT count(*) FROM errors') == [(1,)])


def in_a_terminal(scene, *arguments):
    """How a full-screen program ends on Ctrl-C, and what it wrote to its terminal."""
    master, slave = pty.openpty()
    child = scene.start('curses_program', *arguments, stdin=slave, stdout=slave, stderr=slave,
                        env={'TERM': 'xterm'}, start_new_session=True)
    os.close(slave)
    written, end = b'', time.monotonic() + LIMIT
    while time.monotonic() < end:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            written += os.read(master, 4096)
        except OSError:  # the other end is closed
            break
        if b'working' in written and child.poll() is None:
            child.send_signal(signal.SIGTERM)
    os.close(master)
    return child.wait(LIMIT), written


def test_a_full_screen_program_restores_the_terminal(scene: Scene):
    if 'curses_program' not in scene.programs:
        raise Skipped('curses is not installed')
    without = in_a_terminal(scene, 'n')
    check(b'\x1b[?1049l' in without[1], without)
    with_us = in_a_terminal(scene, 'd')

    def shown(status, output):
        # How often it draws its word before the signal comes is chance.
        return status, output.replace(b'workingworking', b'working')

    check(shown(*with_us) == shown(*without), with_us, without)
    check(scene.rows() == [], scene.rows())


def python(scene, *arguments):
    """Of the system: others may be scripts that start it."""
    if not os.path.exists('/usr/bin/python3'):
        raise Skipped('python3 is not installed')
    return scene.run('/usr/bin/python3', *arguments, env=scene.preloaded())


def test_python_has_its_keyboard_interrupt(scene: Scene):
    done = python(scene, '-c', 'import os, signal, time\n'
                  'try:\n  os.kill(os.getpid(), signal.SIGINT)\n  time.sleep(60)\n'
                  'except KeyboardInterrupt:\n  print("interrupted")\n')
    check((done.status, done.output) == (0, 'interrupted\n'), done.status, done.output)
    check(scene.rows() == [], scene.rows())


def test_python_forks_its_workers(scene: Scene):
    script = f'{scene.path}/workers.py'
    with open(script, 'w') as file:
        file.write('import multiprocessing as mp\n'
                   'if __name__ == "__main__":\n'
                   '    with mp.get_context("forkserver").Pool(2) as p:\n'
                   '        print(p.map(abs, [-1, 2]))\n')
    done = python(scene, script)
    check((done.status, done.output) == (0, '[1, 2]\n'), done.status, done.output)
    check(scene.rows() == [], scene.rows())


def test_shells_that_a_script_starts_leave_no_row(scene: Scene):
    done = python(scene, '-c', 'import os\nfor i in range(20): os.system("(exit 3); exit 2")')
    check((done.status, done.output) == (0, ''), done.status, done.output)
    check(scene.rows() == [], scene.rows())


main(globals())
