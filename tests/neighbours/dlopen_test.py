"""dblog arrives in a plug-in: what is not its own there is named, and no row is untrue."""

import signal

from scene import Scene, check, main

TERMINATION_SIGNALS = (
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGALRM, signal.SIGQUIT,
    signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGVTALRM, signal.SIGPROF)
MISSING = ['missing: throw sites', 'missing: ends of the program',
           'missing: stack overflow in other threads']


def load(scene, way, status, **options):
    done = scene.run('plain_host', scene.programs['logging_plugin'], way, **options)
    check(done.status == status, way, done.status, done.output)
    named = [line for line in done.output.splitlines() if line.startswith('missing: ')]
    return named


def test_what_does_not_work_is_in_the_report(scene: Scene):
    named = load(scene, 'return', 0)
    check(sorted(named) == sorted(MISSING), named)
    check(scene.rows() == [], scene.rows())


def test_what_is_not_ours_is_asked_of_the_program_not_of_the_plug_in(scene: Scene):
    check(sorted(load(scene, 'deepbind', 0)) == sorted(MISSING))


def test_one_function_that_leads_past_us_is_named(scene: Scene):
    for name, what in (('execvp', 'ends of the program'), ('_Exit', 'ends of the program'),
                       ('sigset', 'ends of the program'),
                       ('thrd_create', 'stack overflow in other threads')):
        source = scene.path + f'/{name}.c'
        with open(source, 'w', encoding='utf-8') as file:
            file.write(f'int {name}() {{ return 0; }}\n')
        built = scene.run('cc', '-w', '-fno-builtin', '-shared', '-fPIC', '-o', f'{source}.so', source)
        check(built.status == 0, built.output)
        named = load(scene, 'return', 0, env={'LD_PRELOAD': f"{source}.so {scene.programs['libdblog']}"})
        check(named == [f'missing: {what}'], name, named)


def run_python(scene, script, **options):
    return scene.run('python3', '-c', 'import ctypes, os, signal, sys, threading\n' + script,
                     scene.programs['logging_plugin'], **options)


PYTHON = """
plugin = ctypes.CDLL(sys.argv[1])
plugin.start()
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
"""


def test_python_loads_a_plug_in_and_learns_what_is_missing(scene: Scene):
    done = run_python(scene, PYTHON)
    check(done.status == 0, done.output)
    named = [line for line in done.output.splitlines() if line.startswith('missing: ')]
    check(sorted(named) == sorted(MISSING), done.output)
    check(scene.rows() == [], scene.rows())


def test_faults_in_what_python_calls_are_rows_and_its_own_ends_are_none(scene: Scene):
    for script, status in (('ctypes.string_at(0)', -signal.SIGSEGV),
                           ('os.abort()', -signal.SIGABRT),
                           ('sys.exit(3)', 3), ('raise ValueError', 1),
                           ('threading.Thread(target=lambda: ctypes.string_at(0)).start()',
                            -signal.SIGSEGV)):
        done = run_python(scene, PYTHON + script)
        check(done.status == status, script, done.status, done.output)
    rows = scene.rows()
    check(rows == [('signal', 'SIGSEGV'), ('signal', 'SIGABRT'), ('signal', 'SIGSEGV')], rows)
    executables = scene.rows("SELECT DISTINCT executable LIKE '%/python3%' FROM crashes")
    check(executables == [(1,)], executables)


def test_ends_of_python_that_may_be_kills_say_so(scene: Scene):
    for script, status in (("os.execv('/bin/true', ['true'])", 0), ('os._exit(0)', 0),
                           ('os.kill(os.getpid(), signal.SIGTERM)', -signal.SIGTERM)):
        done = run_python(scene, PYTHON + script)
        check(done.status == status, script, done.status, done.output)
    check(scene.rows() == [('ended', None)] * 3, scene.rows())


def test_an_event_of_a_plug_in_in_python_is_a_row(scene: Scene):
    done = run_python(scene, PYTHON + "assert plugin.push(b'from Python') == 1")
    check(done.status == 0, done.output)
    check(scene.rows('SELECT msg FROM plugin') == [('from Python',)])


def test_preloaded_all_of_it_works(scene: Scene):
    named = load(scene, 'thread', -signal.SIGSEGV, env={'LD_PRELOAD': scene.programs['libdblog']})
    check(named == [], named)
    check(scene.rows() == [('signal', 'SIGSEGV')], scene.rows())


def test_faults_and_overflows_of_the_thread_that_installs_are_recorded(scene: Scene):
    load(scene, 'fault', -signal.SIGSEGV)
    load(scene, 'overflow', -signal.SIGSEGV)
    check(scene.rows() == [('signal', 'SIGSEGV')] * 2, scene.rows())


def test_an_overflow_of_a_thread_that_has_pushed_an_event_is_recorded(scene: Scene):
    load(scene, 'pushing thread', -signal.SIGSEGV)
    check(scene.rows() == [('signal', 'SIGSEGV')], scene.rows())


def test_ends_that_may_be_kills_make_rows_that_say_so_and_alert_no_one(scene: Scene):
    for way, status in (('exec', 0), ('_exit', 0), ('kill', -signal.SIGKILL)):
        load(scene, way, status)
    rows = scene.rows('SELECT kind, msg FROM crashes')
    check([kind for kind, _ in rows] == ['ended'] * 3, rows)
    check(all(message.startswith('ended without a mark') for _, message in rows), rows)
    check(scene.rows('SELECT count(*) FROM outbox') == [(0,)])


def test_no_signal_that_ends_programs_has_a_handler(scene: Scene):
    done = scene.run('plain_host', scene.programs['logging_plugin'], 'signals')
    caught = int(done.output.split('SigCgt:')[1].split()[0], 16)

    def has_handler(number):
        return caught >> (number - 1) & 1

    check(has_handler(signal.SIGSEGV), done.output)  # the plug-in's dblog is there
    for number in TERMINATION_SIGNALS:
        check(not has_handler(number), number, done.output)


def test_a_program_that_is_stopped_may_have_been_killed_for_all_that_is_known(scene: Scene):
    load(scene, 'term', -signal.SIGTERM)
    rows = scene.rows('SELECT kind, cause, msg FROM crashes')
    check([row[:2] for row in rows] == [('ended', 'unmarked')], rows)
    check('it is not known which' in rows[0][2], rows)
    check(scene.rows('SELECT count(*) FROM outbox') == [(0,)])


main(globals())
