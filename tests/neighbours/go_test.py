"""Go: a program in Go with a part in C++, and a library in Go that a C++ program opens."""

import os
import signal
import subprocess
import tempfile

from scene import Scene, check, main


BUILT = tempfile.TemporaryDirectory(prefix='dblog-neighbours-go-')


def build(scene, package, name, *flags):
    """The path of what Go makes of the package. It takes nothing from the network."""
    path = f'{BUILT.name}/{name}'
    if not os.path.exists(path):
        library = scene.program('libdblog')
        done = scene.run('go', 'build', '-o', path, *flags, cwd=scene.program(package), env={
            'GO111MODULE': 'off', 'GOCACHE': f'{BUILT.name}/cache', 'GOFLAGS': '',
            'CGO_CXXFLAGS': f"-std=c++20 -I{scene.program('headers')}",
            'CGO_LDFLAGS': f'{library} -Wl,-rpath,{os.path.dirname(library)}'})
        check(done.status == 0, done.output)
    return path


def run_program(scene, way, status, output, program=None, **environment):
    """The same without us as with us. What dblog and Go say on stderr is not compared."""
    program = program or build(scene, 'go_program', 'program')
    for how in ('never', 'plain', 'chain'):
        done = scene.run(program, how, way, stderr=subprocess.DEVNULL, env=environment)
        expected = output if how == 'never' else 'missing: ends by Go\n' + output
        check((done.status, done.output) == (status, expected), how, way, done.status, done.output)


def run_host(scene, function, status, output):
    library = build(scene, 'go_library', 'library.so', '-buildmode=c-shared')
    done = scene.run('go_host', library, function, stderr=subprocess.DEVNULL)
    # Go's handlers stand before ours from then on.
    named = ''.join(f'then: {name}\n' for name in ('ends by Go', 'SIGSEGV', 'SIGBUS', 'SIGFPE'))
    check((done.status, done.output) == (status, named + output), function, done.status,
          done.output)


def found(scene):
    """Kind and signal of the rows, and the number of alerts."""
    rows = scene.rows()
    return rows, scene.rows('SELECT count(*) FROM outbox')[0][0]


def test_ends_of_a_go_program_alert_no_one(scene: Scene):
    run_program(scene, 'returns', 0, 'done\n')
    run_program(scene, 'exits', 3, '')
    check(found(scene) == ([('ended', None)] * 4, 0), found(scene))


def test_a_go_program_without_a_build_id_is_recognized(scene: Scene):
    program = build(scene, 'go_program', 'program_without_id', '-ldflags', '-s -w -buildid=')
    run_program(scene, 'exits', 3, '', program)
    check(found(scene) == ([('ended', None)] * 2, 0), found(scene))


def test_a_go_program_that_ends_through_c_or_is_stopped_leaves_no_row(scene: Scene):
    run_program(scene, 'exits-in-c', 3, '')
    run_program(scene, 'is-stopped', -signal.SIGTERM, '')
    check(scene.rows() == [], scene.rows())


def test_panics_from_which_a_go_program_recovers_leave_no_row(scene: Scene):
    counts = ' '.join(['20'] * 8)
    run_program(scene, 'recovers', 0, f'recovered [{counts}]\ndone\n')
    check(found(scene) == ([('ended', None)] * 2, 0), found(scene))


def test_a_panic_that_ends_a_go_program_alerts_no_one(scene: Scene):
    run_program(scene, 'panics', 2, '')
    check(found(scene) == ([('ended', None)] * 2, 0), found(scene))


def test_a_crash_in_c_that_go_calls_is_one_row(scene: Scene):
    run_program(scene, 'crashes-in-c', 2, '')
    run_program(scene, 'jumps-to-null-in-c', 2, '')
    check(found(scene) == ([('signal', 'SIGSEGV')] * 4, 4), found(scene))
    tops = scene.rows('SELECT f.module FROM frames f JOIN crashes c ON c.id = f.crash_id '
                      'WHERE f.thread = c.tid AND f.depth = 0')
    check(tops == [(f'{BUILT.name}/program',)] * 2 + [(None,)] * 2, tops)


def test_an_abort_in_c_that_go_calls_is_one_row(scene: Scene):
    run_program(scene, 'aborts-in-c', 2, '')
    check(found(scene) == ([('signal', 'SIGABRT')] * 2, 2), found(scene))


def test_a_go_program_that_is_told_to_crash_leaves_one_row(scene: Scene):
    expected = []
    for way, number in (('panics', 'SIGABRT'), ('crashes-in-c', 'SIGSEGV'),
                        ('aborts-in-c', 'SIGABRT')):
        run_program(scene, way, -signal.SIGABRT, '', GOTRACEBACK='crash')
        expected += [('signal', number)] * 2
    check(found(scene) == (expected, 6), found(scene))


def test_a_go_library_that_is_opened_later_is_named_by_check_handlers(scene: Scene):
    run_host(scene, 'GoReturns', 0, 'done\n')
    run_host(scene, 'GoRecovers', 0, 'done\n')
    check(scene.rows() == [], scene.rows())
    run_host(scene, 'GoExits', 3, '')
    check(found(scene) == ([('ended', None)], 0), found(scene))


def test_a_crash_in_c_that_a_go_library_calls_is_one_row(scene: Scene):
    run_host(scene, 'GoCrashesInC', -signal.SIGSEGV, '')
    check(found(scene) == ([('signal', 'SIGSEGV')], 1), found(scene))


main(globals())
