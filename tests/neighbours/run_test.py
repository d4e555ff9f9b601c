"""`dblog run`: a program that is not linked with dblog behaves as without it, and its end is known."""

import fcntl
import glob
import json
import os
import pty
import resource
import select
import signal
import termios
import time

from scene import LIMIT, Scene, Skipped, check, finish, main, stop_or_end_of

PYTHON = '/usr/bin/python3'


def under(scene, *command, options=()):
    """What starts the command under `dblog run`: the tool's name and its arguments."""
    return ('dblog', 'run', '--db', scene.database, *options, '--', *command)


def python(code):
    if not os.path.exists(PYTHON):
        raise Skipped('python3 is not installed')
    return (PYTHON, '-c', code)


def file(scene, name, text, mode=0o644):
    path = f'{scene.path}/{name}'
    with open(path, 'w') as made:
        made.write(text)
    os.chmod(path, mode)
    return path


def ends(scene):
    """Of each process that was waited for: exit status, signal."""
    return scene.rows('SELECT exit_status, signal_name FROM dblog_exits ORDER BY exit_status')


def crashes(scene):
    return scene.rows('SELECT kind, coalesce(signal_name, killed_by), cause FROM crashes ORDER BY id')


def without_dblog(text):
    return [line for line in text.splitlines() if not line.startswith('dblog: ')]


def same(scene, *command, rows=(), status=None, options=(), **settings):
    """Output and status as without dblog; the crashes that it leaves."""
    command = [scene.program(command[0]), *command[1:]]
    alone = scene.run(*command, **settings)
    watched = scene.run(*under(scene, *command, options=options), **settings)
    check(status is None or alone.status == status, alone.status, alone.output)
    check(watched.status == alone.status, watched.status, alone.status, watched.output)
    check(without_dblog(watched.output) == without_dblog(alone.output),
          watched.output, alone.output)
    check([row[:2] for row in crashes(scene)] == list(rows), crashes(scene))
    return watched


def test_arguments_are_the_programs_own(scene: Scene):
    same(scene, 'printf', '%s|', 'a', '--', '-b', '--db', 'x', '', ' y ', '--help', "'")
    done = scene.run('dblog', 'run', '--db', scene.database, 'printf', '%s|', '--help', '-n', '--', 'x')
    check(without_dblog(done.output) == ['--help|-n|--|x|'], done.output)


def test_every_exit_status_is_the_programs(scene: Scene):
    for code in (0, 1, 3, 126, 255):
        same(scene, 'sh', '-c', f'echo out; exit {code}', status=code)
    check(ends(scene) == [(code, None) for code in (0, 1, 3, 126, 255)], ends(scene))


def test_a_program_that_cannot_be_run(scene: Scene):
    absent = scene.run(*under(scene, 'no-such-program'))
    check(absent.status == 127 and 'no-such-program' in absent.output, absent.output)
    refused = scene.run(*under(scene, file(scene, 'text', 'text')))
    check(refused.status == 126 and 'Permission denied' in refused.output, refused.output)
    check(not scene.rows('SELECT * FROM dblog_exits'))


def test_a_fault_that_is_sent_is_the_crash_of_the_program(scene: Scene):
    for number in (signal.SIGSEGV, signal.SIGABRT):
        done = scene.run(*under(scene, 'sh', '-c', f'kill -{int(number)} $$'))
        check(done.status == -number, done.status, done.output)
    check([row[:2] for row in crashes(scene)] == [('signal', 'SIGSEGV'), ('signal', 'SIGABRT')],
          crashes(scene))


def child_of(process):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with open(f'/proc/{process}/task/{process}/children') as children:
            for child in children.read().split():
                with open(f'/proc/{child}/comm') as name:
                    if name.read().strip() == 'sleep':
                        return int(child)
        time.sleep(0.01)
    raise AssertionError('the program was not started')


def test_a_kill_is_known_by_its_signal(scene: Scene):
    service = scene.start(*under(scene, 'sleep', '1000'))
    os.kill(child_of(service.pid), signal.SIGKILL)
    finish(service)
    check(service.status == -signal.SIGKILL, service.status, service.output)
    check(crashes(scene) == [('killed', 9, 'signal')], crashes(scene))
    check(ends(scene) == [(None, 'SIGKILL')], ends(scene))
    shown = scene.run('dblog', 'show', '1', '--db', scene.database).output
    check('killed by SIGKILL' in shown, shown)


def test_a_kill_that_others_see_first_is_told_by_who_knows_it(scene: Scene):
    service = scene.start(*under(scene, 'sleep', '1000'))
    program = child_of(service.pid)
    while not glob.glob(f'{scene.database}-box-{program}-*'):
        check(service.poll() is None, 'no black box')
    service.send_signal(signal.SIGSTOP)
    os.kill(program, signal.SIGKILL)
    with open(f'/proc/{program}/stat') as state:
        while ') Z' not in state.read():
            state.seek(0)
    check(not crashes(scene), crashes(scene))
    service.send_signal(signal.SIGCONT)
    finish(service)
    check(crashes(scene) == [('killed', 9, 'signal')], crashes(scene))


STATIC = '''
#include <unistd.h>
#include <signal.h>
#include <stdlib.h>
int main(int count, char** arguments) {
  if (count > 1) kill(getpid(), atoi(arguments[1]));
  return 7;
}
'''


def static_program(scene):
    source = file(scene, 's.c', STATIC)
    built = scene.run('gcc', '-static', '-o', f'{scene.path}/static', source)
    if built.status != 0:
        raise Skipped(f'no static C library: {built.output}')
    return f'{scene.path}/static'


def test_a_static_program_has_a_row_of_its_death(scene: Scene):
    program = static_program(scene)
    for number in (signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM, signal.SIGPIPE):
        done = scene.run(*under(scene, program, int(number)))
        check(done.status == -number, done.status, done.output)
    check(crashes(scene) == [('killed', 11, 'signal'), ('killed', 9, 'signal'),
                             ('killed', 13, 'signal')], crashes(scene))
    check(scene.run(*under(scene, program)).status == 7)
    check((7, None) in ends(scene) and (None, 'SIGTERM') in ends(scene), ends(scene))
    ended = scene.rows("SELECT ended_by FROM dblog_processes AS p JOIN dblog_exits AS e ON "
                       "e.process_id = p.id WHERE e.signal = 15")
    check(ended == [('signal',)], ended)


def test_a_death_has_its_messages_in_the_outbox(scene: Scene):
    scene.run(*under(scene, static_program(scene), '9', options=('--slack', '--email')))
    sent = scene.rows('SELECT channel, source_table FROM outbox ORDER BY channel')
    check(sent == [('email', 'crashes'), ('slack', 'crashes')], sent)


def test_a_database_that_cannot_be_used_keeps_no_program_from_running(scene: Scene):
    scene.database = f'{scene.path}/absent/LOGS.db'
    done = scene.run(*under(scene, 'sh', '-c', 'echo out; exit 5'))
    check(done.status == 5 and without_dblog(done.output) == ['out'], done.output)
    check('without being recorded' in done.output, done.output)


SIGNALS = '''
import signal
wanted = {signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP, signal.SIGTSTP, signal.SIGRTMIN + 2, signal.SIGRTMIN + 3}
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
print('up', flush=True)
number = 0
while number != signal.SIGRTMIN + 3:
    number = signal.sigwait(wanted)
    print(int(number), flush=True)
'''


def test_signals_for_the_tool_reach_the_program_once(scene: Scene):
    service = scene.start(*under(scene, *python(SIGNALS)))
    check(service.stdout.readline() == 'up\n')
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP, signal.SIGTSTP,
                   signal.SIGRTMIN + 2, signal.SIGRTMIN + 3):
        service.send_signal(number)
        line = service.stdout.readline()
        check(line == f'{int(number)}\n', line, number)
    finish(service)
    check(service.status == 0 and not service.output, service.status, service.output)


def test_a_stop_stops_both_and_a_continue_continues_both(scene: Scene):
    # A group of its own: in one that no shell watches, SIGTSTP stops nothing (credentials(7)).
    service = scene.start(*under(scene, 'sleep', '1000'), preexec_fn=os.setpgrp)
    child_of(service.pid)
    service.send_signal(signal.SIGTSTP)
    status = stop_or_end_of(service.pid)
    check(os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTSTP, status)
    service.send_signal(signal.SIGCONT)
    service.send_signal(signal.SIGTERM)
    finish(service)
    check(service.status == -signal.SIGTERM, service.status)
    check(not crashes(scene), crashes(scene))


JOB = '''
import os, signal, subprocess, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
def lead():
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
job = subprocess.Popen(sys.argv[1:], preexec_fn=lead)
while True:
    _, status = os.waitpid(job.pid, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpid())
    if not os.WIFSTOPPED(status): break
    print('stopped', os.WSTOPSIG(status), flush=True)
    os.tcsetpgrp(0, job.pid)
    os.killpg(job.pid, signal.SIGCONT)
print('ended', os.waitstatus_to_exitcode(status), flush=True)
'''
ON_TERMINAL = '''
import os, signal
told = {signal.SIGINT: b'interrupted', signal.SIGCONT: b'continued'}
signal.pthread_sigmask(signal.SIG_BLOCK, told)
os.write(1, b'up ' + os.read(0, 100))
while True: os.write(1, told[signal.sigwait(told)])
'''


def test_a_shells_job_control_works_as_without(scene: Scene):
    up, down = pty.openpty()
    shell = scene.start(*python(JOB), scene.program('dblog'), *under(scene, *python(ON_TERMINAL))[1:],
                        stdin=down, stdout=down, stderr=down, start_new_session=True,
                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(down)
    terminal = os.fdopen(up, 'r+b', buffering=0)

    def read_until(text):
        seen = b''
        while text not in seen:
            check(select.select([terminal], [], [], LIMIT)[0], seen)
            try:
                seen += terminal.read(1)
            except OSError:  # the other end is closed
                raise AssertionError(seen) from None
        return seen
    try:
        terminal.write(b'line\n')
        read_until(b'up line')
        terminal.write(b'\x1a')  # Ctrl-Z
        read_until(b'stopped 20')
        read_until(b'continued')
        terminal.write(b'\x03')  # Ctrl-C
        read_until(b'interrupted')
        terminal.write(b'\x1c')  # Ctrl-\\
        seen = read_until(b'ended -3')
        check(b'interrupted' not in seen, seen)
    finally:
        shell.kill()
        terminal.close()
        shell.wait()
    check(crashes(scene) == [('killed', 3, 'signal')], crashes(scene))


STATE = '''
import json, os, signal
with open('/proc/self/status') as status:
    masks = [line for line in status.read().splitlines() if line.startswith(('SigBlk', 'SigIgn'))]
print(json.dumps([masks, os.getpgrp(), os.getsid(0), os.environ.copy(), sorted(os.listdir('/proc/self/fd')),
                  os.getcwd(), os.nice(0), [os.stat(i).st_ino for i in range(3)]]))
'''


def prepare_state():
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGUSR1, signal.SIGTERM, signal.SIGINT])


def test_what_the_program_finds_is_what_was_there(scene: Scene):
    for options in (('--no-handlers',), ()):
        states = []
        for command in (python(STATE), under(scene, *python(STATE), options=options)):
            done = scene.run(*command, preexec_fn=prepare_state, pass_fds=[],
                             env={'LD_PRELOAD': '/lib/x86_64-linux-gnu/libm.so.6', 'EMPTY': ''})
            state = json.loads(without_dblog(done.output)[0])
            state[7] = state[7][:1]  # each run has a pipe of its own
            if not options:
                state[4] = None  # the handlers' own files are open
            states.append(state)
        check(states[0] == states[1], *states)


def test_the_environment_is_as_it_was(scene: Scene):
    for variables in ({}, {'LD_PRELOAD': ''}, {'LD_PRELOAD': 'libm.so.6 libc.so.6'}, {'DBLOG_DB': 'x'}):
        same(scene, 'env', env=variables)
        same(scene, 'sh', '-c', 'env', env=variables)
        same(scene, file(scene, 'script', '#!/usr/bin/env sh\nenv | grep -v "^_="\n', 0o755),
             env=variables)


CRASH = 'import ctypes\nctypes.string_at(0)\n'


def test_python_with_a_native_fault(scene: Scene):
    done = same(scene, *python(CRASH), rows=[('signal', 'SIGSEGV')])
    check(done.status == -signal.SIGSEGV, done.status)
    frames = scene.rows('SELECT count(*) FROM frames')
    check(frames[0][0] > 3, frames)


def test_python_with_its_fault_handler(scene: Scene):
    seen = []
    command = (*python(CRASH)[:1], '-X', 'faulthandler', '-c', CRASH)
    for way in (command, under(scene, *command)):
        done = scene.run(*way)
        seen.append((done.status, [line for line in without_dblog(done.output)
                                   if 'Current thread' not in line]))
    check(seen[0] == seen[1] and 'Segmentation fault' in seen[0][1][0], seen)
    check([row[:2] for row in crashes(scene)] == [('signal', 'SIGSEGV')], crashes(scene))


def test_handlers_stay_with_a_process_that_becomes_another_program(scene: Scene):
    script = file(scene, 'crash.py', f'#!/usr/bin/env python3\n{CRASH}', 0o755)
    done = scene.run(*under(scene, script), env={'PATH': '/usr/bin:/bin'})
    check(done.status == -signal.SIGSEGV, done.status, done.output)
    check([row[:2] for row in crashes(scene)] == [('signal', 'SIGSEGV')], crashes(scene))
    programs = scene.rows('SELECT executable FROM crashes')
    check('python' in programs[0][0], programs)


def test_a_process_with_thousands_of_variables_becomes_another_program(scene: Scene):
    become = ("import os, threading; threading.stack_size(64 * 1024); "
              "new = {f'V{i}': 'x' for i in range(20_000)}; "
              "thread = threading.Thread(target=os.execve, args=('/bin/sh', ['sh', '-c', 'set | grep -c ^V'], new)); "
              "thread.start(); thread.join()")
    same(scene, PYTHON, '-c', become, rows=[])


def test_children_get_handlers_if_asked(scene: Scene):
    command = ('sh', '-c', f"{PYTHON} -c 'import ctypes; ctypes.string_at(0)'; echo $?")
    same(scene, *command, rows=[])
    done = scene.run(*under(scene, *command, options=('--children',)))
    check(without_dblog(done.output)[-1] == '139', done.output)
    check([row[:2] for row in crashes(scene)] == [('signal', 'SIGSEGV')], crashes(scene))


def test_a_program_with_more_rights_gets_none(scene: Scene):
    if os.getuid() != 0:
        raise Skipped('not root')
    os.chmod(scene.path, 0o755)
    program = f'{scene.path}/sleep'
    scene.run('cp', '/bin/sleep', program)
    os.chmod(program, 0o4755)
    done = scene.run(*under(scene, program, '0'))
    check(done.status == 0 and 'more rights' in done.output, done.output)


def test_the_library_shows_nothing_but_what_it_stands_in_for(scene: Scene):
    library = f'{os.path.dirname(scene.program("dblog"))}/libdblog_preload.so'
    shown = scene.run('nm', '-D', '--defined-only', library).output.split()[2::3]
    check('pthread_create' in shown and len(shown) < 50, shown)
    check(not [name for name in shown if 'sqlite' in name or 'pcre' in name or 'dblog' in name or name.startswith('_Z')],
          shown)
    needed = scene.run('readelf', '-d', library).output
    check('libstdc++' in needed and 'sqlite' not in needed and 'pcre' not in needed, needed)


def test_no_core_is_written_twice(scene: Scene):
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
    scene.run(*under(scene, static_program(scene), '11'), preexec_fn=limit)
    cores = [name for name in os.listdir(scene.path) if name.startswith('core')]
    check(len(cores) <= 1, cores)


def test_the_first_process_of_a_container(scene: Scene):
    inside = 'sleep 0.01 & sh -c "sleep 0.05 &"; kill -9 $$'
    done = scene.run('unshare', '-pf', '--mount-proc', scene.program('dblog'),
                     *under(scene, 'sh', '-c', inside)[1:])
    if 'unshare' in done.output:
        raise Skipped(done.output)
    check(done.status == 128 + 9, done.status, done.output)
    check(crashes(scene) == [('killed', 9, 'signal')], crashes(scene))


main(globals(), {'DBLOG_DELIVERY': 'none'})  # no tool stays behind a test
