"""Programs with dblog under tools that watch them: a crash is one row, and the tool is not disturbed."""

import signal

from scene import Scene, Skipped, check, main


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


def test_a_crash_under_qemu_is_recorded(scene: Scene):
    done = scene.run('qemu-x86_64', scene.program('ending_program'), 'null')
    # qemu takes the fault that is sent again for one of its own, and may end in its own way.
    check(done.status != 0, done.output)
    check_one_row(scene)


main(globals())
