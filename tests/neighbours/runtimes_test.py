"""Real runtimes with handlers of their own: a Java VM in a C++ program, Node."""

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
    for when, how in (('before', 'plain'), ('before', 'chain'), ('after', 'chain')):
        for _ in range(3):
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


def test_node_lives_on_the_faults_of_web_assembly(scene: Scene):
    script = f'{scene.path}/traps.js'
    with open(script, 'w') as file:
        file.write(TRAPS)
    done = scene.run('node', script, env=scene.preloaded())
    check((done.status, done.output) == (0, 'trapped 5000\n'), done.status, done.output)
    check(scene.rows() == [], scene.rows())


main(globals())
