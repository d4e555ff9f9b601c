"""Programs for AArch64 under qemu: how they end, and what they recorded, read by this machine's SQLite.

A program runs with the dynamic loader and the libraries of the sysroot."""

import contextlib
import signal
import sqlite3

from scene import Scene, Skipped, check, main


def run(scene, name, *arguments, loaded=()):
    root = scene.programs['sysroot']
    # The kernel starts no program of another processor, and so none starts the tool.
    variables = {'LD_LIBRARY_PATH': f'{root}/lib/aarch64-linux-gnu:{root}/usr/lib/aarch64-linux-gnu',
                 'DBLOG_DELIVERY': 'none', **dict(loaded)}
    options = [part for variable in variables.items() for part in ('-E', '='.join(variable))]
    return scene.run('qemu-aarch64', *options, scene.program(name), *arguments)


def run_tool(scene, *arguments):
    return run(scene, 'loader', scene.program('dblog'), *arguments, '--db', scene.database)


def rows(scene, query):
    with contextlib.closing(sqlite3.connect(scene.database)) as connection:
        return connection.execute(query).fetchall()


def check_recorded(scene, done, columns, *expected):
    check(rows(scene, f'SELECT {columns} FROM crashes') == [expected],
          rows(scene, 'SELECT * FROM crashes'), done.output)
    frames = rows(scene, "SELECT depth FROM frames WHERE module LIKE '%program'")
    check(len(frames) >= 2, rows(scene, 'SELECT * FROM frames'))  # main() and what called it
    check(rows(scene, 'PRAGMA integrity_check') == [('ok',)])


def test_a_pushed_event_is_a_row_with_its_hardware(scene: Scene):
    done = run(scene, 'dying_program', 'not at all')
    check(done.status == 0, done.status, done.output)
    check(rows(scene, 'SELECT msg FROM error_table') == [('about to die',)])
    check(rows(scene, 'SELECT task FROM hw_logs') == [('about to die',)])
    check(rows(scene, 'SELECT count(*) FROM crashes') == [(0,)], done.output)


def test_a_write_to_null_is_a_row(scene: Scene):
    done = run(scene, 'dying_program', 'null_write')
    check_recorded(scene, done, 'kind, signal_name, fault_address', 'signal', 'SIGSEGV', '0x0')
    check(rows(scene, "SELECT value FROM registers WHERE name = 'pc'") ==
          rows(scene, 'SELECT address FROM frames JOIN crashes ON crash_id = crashes.id '
                      'WHERE thread = tid AND depth = 0'), rows(scene, 'SELECT * FROM registers'))
    if 'assertion failed' in done.output:
        raise Skipped('the end by SIGSEGV: qemu takes the fault that is sent again for one of its own')
    check(done.status == -signal.SIGSEGV, done.status, done.output)


def test_an_abort_is_a_row_and_the_end(scene: Scene):
    done = run(scene, 'dying_program', 'abort')
    check(done.status == -signal.SIGABRT, done.status, done.output)
    check_recorded(scene, done, 'kind, signal_name', 'signal', 'SIGABRT')


def test_an_exception_is_a_row_with_where_it_was_thrown(scene: Scene):
    done = run(scene, 'dying_program', 'exception')
    check(done.status == -signal.SIGABRT, done.status, done.output)
    check_recorded(scene, done, 'kind, exception_type, msg', 'exception', 'std::invalid_argument',
                   'order -1 does not exist')


def test_the_preloaded_library_records_in_a_program_without_dblog(scene: Scene):
    done = run(scene, 'plain_program',
               loaded={'LD_PRELOAD': scene.program('preload'), 'DBLOG_RUN_DB': scene.database})
    check(done.status == -signal.SIGABRT, done.status, done.output)
    check_recorded(scene, done, 'kind, signal_name', 'signal', 'SIGABRT')


def test_the_tool_names_frames_and_shows_them(scene: Scene):
    run(scene, 'dying_program', 'null_write')
    named = run_tool(scene, 'symbolize')
    check(named.status == 0, named.output)
    shown = run_tool(scene, 'show', 'crashes/1')
    check(shown.status == 0 and 'write_to' in shown.output, named.output, shown.output)


main(globals())
