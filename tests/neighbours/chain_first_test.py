"""Runtimes that live on faults and were there before dblog: asked first, in many threads at once."""

import signal

from scene import Scene, check, main


def test_thousands_of_faults_in_many_threads_are_repaired(scene: Scene):
    for _ in range(100):
        done = scene.run('repairing_runtime', 8, 2000, 'repairs')
        check((done.status, done.output) == (0, 'repaired 16000, missing 0\n'),
              done.status, done.output)
    check(scene.rows() == [], scene.rows())


def give_up(scene, how, status):
    threads = 0 if how == 'raises' else 2  # it repairs once
    done = scene.run('repairing_runtime', threads, 100, how)
    check(done.status == status, how, done.status, done.output)
    rows = scene.rows("SELECT kind, signal_name, fault_address LIKE '0x%064' FROM crashes")
    check(rows == [('signal', 'SIGSEGV', 1)], how, rows)


def test_a_runtime_that_aborts_is_recorded_by_its_fault(scene: Scene):
    give_up(scene, 'aborts', -signal.SIGABRT)


def test_a_runtime_that_exits_is_recorded_by_its_fault(scene: Scene):
    give_up(scene, 'exits', 3)


def test_a_runtime_that_puts_the_default_back_is_recorded_by_its_fault(scene: Scene):
    give_up(scene, 'resets', -signal.SIGSEGV)


def test_a_runtime_that_faults_itself_is_recorded_by_the_first_fault(scene: Scene):
    give_up(scene, 'faults', -signal.SIGSEGV)


def test_a_handler_for_one_time_that_raises_again_ends_as_without_dblog(scene: Scene):
    give_up(scene, 'raises', -signal.SIGSEGV)


main(globals())
