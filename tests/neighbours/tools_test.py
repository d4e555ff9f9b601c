"""Programs with dblog under tools that watch them: a crash is one row, and the tool is not disturbed."""

import os
import re
import signal
import subprocess
import time

from scene import LIMIT, Scene, Skipped, check, finish, main


def check_one_row(scene):
    check(scene.rows() == [('signal', 'SIGSEGV')], scene.rows())


def test_valgrind_sees_no_odd_calls_and_ends_as_the_program_does(scene: Scene):
    for way, status, rows in (('throws', 0, []), ('null', -signal.SIGSEGV,
                                                  [('signal', 'SIGSEGV')])):
        done = scene.run('valgrind', scene.program('ending_program'), way)
        if 'debuginfo reader' in done.output:
            raise Skipped('this valgrind does not read the debug information of this compiler')
        check(done.status == status, way, done.status, done.output)
        for noise in ('internal error', 'unknown', 'Warning', 'unhandled', 'INTERNAL'):
            check(noise not in done.output, noise, done.output)
        check(scene.rows() == rows, scene.rows())


def run_gdb(scene, *before):
    commands = [part for command in (*before, 'run', 'continue') for part in ('-ex', command)]
    done = scene.run('gdb', '-nx', '-q', '-batch', *commands, '--args',
                     scene.program('small_stack_program'), '16384', 'guarded', 'null')
    if 'ptrace' in done.output:
        raise Skipped('gdb may not trace here')
    return done


def test_gdb_stops_at_the_crash_only_where_it_is_told_which_signals_are_ours(scene: Scene):
    done = run_gdb(scene, f'handle SIG{signal.SIGRTMAX - 3} SIG{signal.SIGRTMAX - 4} '
                   'nostop noprint pass')
    check(done.output.count('received signal SIGSEGV') == 2 and
          'received signal SIG6' not in done.output, done.output)
    check_one_row(scene)


def test_strace_shows_the_signal_that_the_program_dies_of(scene: Scene):
    done = scene.run('strace', '-f', '-o', 'trace.txt', scene.program('ending_program'), 'null')
    check(done.status == -signal.SIGSEGV, done.status, done.output)
    with open(f'{scene.path}/trace.txt') as trace:
        check('killed by SIGSEGV' in trace.read())
    check_one_row(scene)


# The tool, and a program that makes strace write a line and files beside the database all the time.
WATCHED = '''
"$1" flush --watch --db LOGS.db & tool=$!
read go
perl -e 'getppid for 1..20000; for (1..2000) { open my $file, ">", "other-$_" }'
kill $tool; wait $tool
'''


def calls_of_tool(trace):
    """The tool's system calls, as far as they are written."""
    with open(trace) as lines:
        calls = [line.split(None, 1) for line in lines]
    tool = [process for process, call in calls if re.match(r'execve\("[^"]*/dblog"', call)]
    return [call for process, call in calls if tool and process == tool[0]]


def test_a_trace_beside_the_database_does_not_keep_the_tool_busy(scene: Scene):
    scene.run('ending_program', 'null')  # makes the database
    trace = f'{scene.path}/trace.txt'
    child = scene.start('strace', '-f', '-o', trace, 'bash', '-c', WATCHED, 'watched',
                        scene.programs['dblog'], stdin=subprocess.PIPE)
    end = time.monotonic() + LIMIT
    while not (os.path.exists(trace) and any(call.startswith('poll(') for call in
                                             calls_of_tool(trace))):
        check(child.poll() is None and time.monotonic() < end, 'the tool does not wait')
        time.sleep(0.05)
    child.stdin.write('go\n')
    child.stdin.flush()
    finish(child)
    check(child.status == 0, child.output)
    calls = calls_of_tool(trace)
    inotify = next(call.rsplit(None, 1)[1] for call in calls if call.startswith('inotify_init1'))
    woken = [call for call in calls if call.startswith((f'read({inotify},', 'poll('))]
    # 20,000 lines of the trace and 2,000 new names wake it ten times a second at most.
    check(2 <= len(woken) < 500, len(woken), len(calls))
    with open(trace) as lines:
        check(sum(1 for _ in lines) > 20_000)


def test_a_crash_under_qemu_is_recorded(scene: Scene):
    done = scene.run('qemu-x86_64', scene.program('ending_program'), 'null')
    # qemu takes the fault that is sent again for one of its own, and may end in its own way.
    check(done.status != 0, done.output)
    check_one_row(scene)


main(globals())
