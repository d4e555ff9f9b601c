"""Runtimes with handlers of their own: a Java VM and Python in a C++ program, libsigsegv, Node."""

import os
import signal

from scene import Scene, Skipped, check, main


def run_java(scene, when, how, what):
    if 'jvm_host' not in scene.programs:
        raise Skipped('no JDK is installed')
    classes = f'{scene.path}/classes'
    if not os.path.exists(classes):
        done = scene.run('javac', '-d', classes, scene.programs['Faults.java'])
        check(done.status == 0, done.output)
    report = f'{scene.path}/hs_err.log'
    if os.path.exists(report):
        os.remove(report)
    done = scene.run('jvm_host', when, how, what, classes)
    done.has_report = os.path.exists(report)
    return done


def test_a_java_vm_lives_on_its_faults(scene: Scene):
    # Some 50,000 faults each; what the compiler has seen often it checks for.
    for when, how, runs in (('before', 'plain', 3), ('before', 'chain', 3), ('after', 'chain', 20)):
        for _ in range(runs):
            done = run_java(scene, when, how, 'works')
            check((done.status, done.output) == (0, 'caught 160000\n'), when, how, done.status,
                  done.output[:2000])
    check(scene.rows() == [], scene.rows())


def crash_java(scene, when, how):
    without = run_java(scene, 'never', 'plain', 'crashes')
    check((without.status, without.has_report) == (-signal.SIGABRT, True), without.output[:2000])
    with_us = run_java(scene, when, how, 'crashes')
    check((with_us.status, with_us.has_report) == (-signal.SIGABRT, True), when, how,
          with_us.status, with_us.has_report, with_us.output[:2000])
    scene.run('dblog', 'flush', '--db', scene.database)
    rows = scene.rows('SELECT c.kind, c.signal_name, f.function FROM crashes c LEFT JOIN frames f '
                      'ON f.crash_id = c.id AND f.depth = 0 AND f.thread = c.tid '
                      'AND f.inlined IS NOT 1')
    check(len(rows) == 1 and rows[0][:2] == ('signal', 'SIGSEGV') and
          'fault_in_native_code' in (rows[0][2] or ''), when, how, rows)


def test_a_java_vm_that_is_started_after_us_keeps_its_report_and_status(scene: Scene):
    crash_java(scene, 'before', 'plain')


def test_a_java_vm_that_is_asked_first_has_its_fault_recorded(scene: Scene):
    crash_java(scene, 'after', 'chain')


def run_libsigsegv(scene, when, how, what, status, expected_rows):
    if 'sigsegv_program' not in scene.programs:
        raise Skipped('libsigsegv is not installed')
    done = scene.run('sigsegv_program', when, how, what)
    check((done.status, done.output) == (status, 'repaired 2000, left 3\n'), when, how, what,
          done.status, done.output)
    rows = scene.rows() if when != 'never' else []
    check(rows == expected_rows, when, how, what, rows)


def test_libsigsegv_repairs_and_leaves_overflows(scene: Scene):
    for when, how in (('never', 'plain'), ('before', 'chain'), ('after', 'plain'),
                      ('after', 'chain')):
        run_libsigsegv(scene, when, how, 'repairs', 0, [])


def test_a_fault_that_libsigsegv_does_not_repair_is_recorded(scene: Scene):
    run_libsigsegv(scene, 'never', 'plain', 'crashes', -signal.SIGSEGV, [])
    run_libsigsegv(scene, 'before', 'chain', 'crashes', -signal.SIGSEGV, [('signal', 'SIGSEGV')])


def test_a_fault_that_libsigsegv_leaves_to_the_default_is_recorded(scene: Scene):
    run_libsigsegv(scene, 'after', 'plain', 'crashes', -signal.SIGSEGV, [('signal', 'SIGSEGV')])


def test_the_record_is_not_made_on_small_alternate_stacks_of_others(scene: Scene):
    expected = []
    least = os.sysconf('SC_MINSIGSTKSZ') + 2048  # what the kernel puts there, and a little more
    for what in ('null', 'overflow'):
        for size, place, output in ((8192, 'guarded', ''), (8192, 'next', 'whole\n'),
                                    (least, 'guarded', ''), (least, 'next', 'whole\n')):
            done = scene.run('small_stack_program', size, place, what)
            check((done.status, done.output) == (-signal.SIGSEGV, output), size, place, what,
                  done.status, done.output)
            expected.append(('signal', 'SIGSEGV'))
    check(scene.rows() == expected, scene.rows())
    frames = scene.rows('SELECT min(n) FROM (SELECT count(*) AS n FROM frames, crashes c '
                        'WHERE crash_id = c.id AND thread = c.tid GROUP BY c.id)')
    check(frames[0][0] >= 3, frames)


EMBEDDED = '''
import multiprocessing, os, signal, subprocess, threading
print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, subprocess.run(['sh', '-c', 'exit 3']).returncode)
print(subprocess.run(['sh', '-c', 'kill -TERM $$']).returncode)
worker = multiprocessing.get_context('fork').Process(target=os._exit, args=(4,))
worker.start(); worker.join(); print(worker.exitcode)
thread = threading.Thread(target=lambda: print('thread')); thread.start(); thread.join()
try:
    os.kill(os.getpid(), signal.SIGINT); signal.pause()
except KeyboardInterrupt:
    print('interrupted')
signal.signal(signal.SIGINT, lambda number, frame: print('handled'))
os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.SIG_DFL)
print(signal.getsignal(signal.SIGINT) == signal.SIG_DFL, flush=True)
'''


def run_python_host(scene, when, script):
    if 'python_host' not in scene.programs:
        raise Skipped('what embeds Python is not installed')
    return scene.run('python_host', when, script, env={'PYTHONUNBUFFERED': '1'})


def test_python_in_a_program_has_its_signals_and_children(scene: Scene):
    without = run_python_host(scene, 'never', EMBEDDED)
    check(without.status == 0 and 'handled' in without.output, without.output)
    for when in ('before', 'after'):
        done = run_python_host(scene, when, EMBEDDED)
        check((done.status, done.output) == (0, without.output), when, done.status, done.output,
              without.output)
    check(scene.rows() == [], scene.rows())


def test_python_in_a_program_ends_by_the_signal_that_it_leaves_to_the_system(scene: Scene):
    script = EMBEDDED + 'os.kill(os.getpid(), signal.SIGINT)'
    for when in ('never', 'before', 'after'):
        done = run_python_host(scene, when, script)
        check(done.status == -signal.SIGINT, when, done.status, done.output)
    check(scene.rows() == [], scene.rows())


def test_the_fault_handler_of_a_python_in_a_program_reports_and_the_crash_is_recorded(scene: Scene):
    script = 'import faulthandler, ctypes; faulthandler.enable(); ctypes.string_at(0)'
    without = run_python_host(scene, 'never', script)
    for when in ('before', 'after'):
        done = run_python_host(scene, when, script)
        check(done.status == without.status == -signal.SIGSEGV and
              'Fatal Python error: Segmentation fault' in done.output, when, done.status,
              done.output)
    rows = scene.rows()
    check(rows == [('signal', 'SIGSEGV')] * 2, rows)


# (func (export "f") (param i32) (result i32) local.get 0 i32.load): a load beyond the memory meets
# a guard page, and Node throws for the fault.
TRAPS = """
const bytes = Buffer.from('0061736d01000000' + '01060160017f017f' + '03020100' + '0503010001' +
    '07050101660000' + '0a0901070020002802000b', 'hex');
const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
let trapped = 0;
for (let i = 0; i < 5000; ++i) {
  try { f(1 << 30); } catch (error) { if (error instanceof WebAssembly.RuntimeError) ++trapped; }
}
console.log('trapped ' + trapped);
"""


# The module comes when Node has its handler, which is asked first then; so are those of 8 threads.
TRAPS_ASKED_FIRST = """
const { Worker, isMainThread, workerData } = require('worker_threads');
if (isMainThread) {
  try { process.dlopen({ exports: {} }, process.argv[2]); } catch (no_module_of_node) {}
  let all = 0, left = 8;
  for (let i = 0; i < 8; ++i) {
    const worker = new Worker(__filename);
    worker.on('message', (trapped) => { all += trapped; });
    worker.on('exit', () => { if (--left === 0) console.log('trapped ' + all); });
  }
} else {
  BODY
  require('worker_threads').parentPort.postMessage(trapped);
}
""".replace('BODY', TRAPS.replace('console.log', '//'))


def test_node_is_asked_first_for_the_faults_of_web_assembly_in_many_threads(scene: Scene):
    script = f'{scene.path}/traps.js'
    with open(script, 'w') as file:
        file.write(TRAPS_ASKED_FIRST)
    for _ in range(10):
        done = scene.run('node', script, scene.programs['preload_shim'], env={
            'LD_PRELOAD': scene.programs['libdblog'], 'PRELOAD_SHIM': 'chain_first'})
        check((done.status, done.output) == (0, 'trapped 40000\n'), done.status, done.output[:2000])
    check(scene.rows() == [], scene.rows())


def test_node_lives_on_the_faults_of_web_assembly(scene: Scene):
    script = f'{scene.path}/traps.js'
    with open(script, 'w') as file:
        file.write(TRAPS)
    done = scene.run('node', script, env=scene.preloaded())
    check((done.status, done.output) == (0, 'trapped 5000\n'), done.status, done.output)
    check(scene.rows() == [], scene.rows())


main(globals())
