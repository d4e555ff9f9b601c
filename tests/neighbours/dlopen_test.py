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


def test_preloaded_all_of_it_works(scene: Scene):
    named = load(scene, 'thread', -signal.SIGSEGV, env={'LD_PRELOAD': scene.programs['libdblog']})
    check(named == [], named)
    check(scene.rows() == [('signal', 'SIGSEGV')], scene.rows())


def test_faults_and_overflows_of_the_thread_that_installs_are_recorded(scene: Scene):
    load(scene, 'fault', -signal.SIGSEGV)
    load(scene, 'overflow', -signal.SIGSEGV)
    check(scene.rows() == [('signal', 'SIGSEGV')] * 2, scene.rows())


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
