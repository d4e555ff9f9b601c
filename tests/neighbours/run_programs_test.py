"""Debian's own programs under `dblog run`: the same output and status as without it."""

import contextlib
import os
import signal
import socket
import time

from scene import LIMIT, Scene, check, finish, main

EXIT_GROUP = {'x86_64': 231, 'aarch64': 94}[os.uname().machine]  # asm/unistd.h
QUIET = {'DBLOG_DELIVERY': 'none'}  # no tool stays behind a test


def under(scene, *command):
    return ('dblog', 'run', '--db', scene.database, '--', *command)


def file(scene, name, text):
    with open(f'{scene.path}/{name}', 'w') as made:
        made.write(text)
    return name


def lines_of(text):
    return [line for line in text.splitlines() if not line.startswith('dblog: ')]


def compare(scene, *commands, env=None, rows=(), tidy=lambda line: line):
    """Each command, alone and under `dblog run`, in directories of their own."""
    seen = {}
    for way in ('without', 'with'):
        own = Scene(f'{scene.path}/{way}', scene.programs, QUIET)
        own.database = scene.database
        results = []
        for command in commands:
            command = [own.program(command[0]), *command[1:]]
            wrapped = command if way == 'without' else under(own, *command)
            done = own.run(*wrapped, env=env)
            results.append((command, done.status, [tidy(line) for line in lines_of(done.output)]))
        seen[way] = repr(results).replace(own.path, 'HERE')
    check(seen['without'] == seen['with'], seen['without'], seen['with'])
    crashes = scene.rows()
    check(crashes == list(rows), crashes, scene.rows('SELECT executable, msg FROM crashes'))
    check(not [name for name in os.listdir(scene.path) if '-box-' in name], os.listdir(scene.path))
    return seen['with']


def places(scene, files):
    """The same files for each way."""
    for way in ('without', 'with'):
        os.mkdir(f'{scene.path}/{way}')
        for name, text in files.items():
            file(scene, f'{way}/{name}', text)


MAKE = '''
all: one two three four
one two: %: ; @echo $@ > $@
three: prog ; ./prog > $@ && cat one two three
four: ; @sh -c 'exit 0' && touch $@
prog: prog.c ; gcc -O1 -g -o $@ $<
fail: ; @exit 3
'''


def test_make_in_parallel_and_the_compiler(scene: Scene):
    places(scene, {'Makefile': MAKE, 'wrong.c': 'int main(void) { return x; }\n',
                   'prog.c': '#include <stdio.h>\nint main(void) { puts("built"); }\n'})
    compare(scene, ('make', '-s', '-j4'), ('make', 'fail'), ('gcc', '-c', 'wrong.c'),
            ('gcc', '-S', '-o', '-', 'prog.c'), ('./prog',))


def test_git_on_a_repository(scene: Scene):
    places(scene, {'a': 'one\n' * 1000})
    env = {'GIT_AUTHOR_DATE': '2020-01-01T00:00:00Z', 'GIT_COMMITTER_DATE': '2020-01-01T00:00:00Z',
           'GIT_CONFIG_GLOBAL': '/dev/null'}
    name = ('-c', 'user.name=A', '-c', 'user.email=a@localhost')
    compare(scene, ('git', 'init', '-q', 'r'), ('cp', 'a', 'r/a'), ('git', '-C', 'r', 'add', 'a'),
            ('git', '-C', 'r', *name, 'commit', '-qm', 'one'), ('git', '-C', 'r', 'gc', '-q'),
            ('git', '-C', 'r', 'fsck', '--no-progress'), ('git', 'clone', '-q', 'r', 'c'),
            ('git', '-C', 'c', 'log', '-p', '--oneline'), ('git', '-C', 'c', 'show', 'absent'),
            env=env)


JAVA = '''
public class S {
  static int deep(int n) { return deep(n + 1) + 1; }
  static volatile Object nothing = null;
  public static void main(String[] arguments) throws Exception {
    try { deep(0); } catch (StackOverflowError e) { System.out.println("overflow"); }
    Thread[] threads = new Thread[4];
    int[] caught = new int[4];
    for (int t = 0; t < 4; ++t) {
      final int own = t;
      threads[t] = new Thread(() -> {
        for (int i = 0; i < 20000; ++i)
          try { nothing.hashCode(); } catch (NullPointerException e) { ++caught[own]; }
      });
      threads[t].start();
    }
    for (Thread thread : threads) thread.join();
    for (int count : caught) System.out.println(count);
    System.out.println(new ProcessBuilder("sh", "-c", "exit 3").start().waitFor());
    System.exit(5);
  }
}
'''


def test_java_that_lives_on_faults(scene: Scene):
    places(scene, {'S.java': JAVA})
    seen = compare(scene, ('javac', 'S.java'), ('java', '-cp', '.', 'S'))
    check('20000' in seen, seen)
    # Debian's java is a link to a link, and finds its libraries beside the file behind them.
    done = scene.run(*under(scene, 'java', '-version'), env=QUIET)
    check(done.status == 0 and 'gets no handlers' not in done.output, done.output)


NODE = '''
const { spawnSync } = require('child_process');
const { Worker, isMainThread } = require('worker_threads');
const bytes = new Uint8Array([0,97,115,109,1,0,0,0,1,6,1,96,1,127,1,127,3,2,1,0,5,3,1,0,1,7,5,1,1,102,0,0,10,9,1,7,0,32,0,40,2,0,11]);
const peek = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f;
let caught = 0;
for (let i = 0; i < 5000; ++i) try { peek(0x7fffff00); } catch (error) { ++caught; }
function deep() { return deep() + 1; }
try { deep(); } catch (error) { console.log(error instanceof RangeError); }
console.log(caught, isMainThread);
if (isMainThread) {
  console.log(spawnSync('sh', ['-c', 'exit 3']).status);
  new Worker(__filename).on('exit', (code) => process.exit(6));
}
'''


def test_node_that_lives_on_faults(scene: Scene):
    places(scene, {'s.js': NODE})
    seen = compare(scene, ('node', 's.js'))
    check('5000' in seen, seen)


GO = '''
package main
import ("fmt"; "os"; "os/exec"; "runtime")
type pair struct { left, right *pair }
func meet(p *pair) (caught int) { defer func() { if recover() != nil { caught = 1 } }(); p.left.right = p; return 0 }
func main() {
  all := 0
  for i := 0; i < 20000; i++ { all += meet(&pair{}) }
  runtime.GC()
  err := exec.Command("sh", "-c", "exit 3").Run()
  fmt.Println(all, err)
  os.Exit(4)
}
'''


def test_go_that_lives_on_faults(scene: Scene):
    places(scene, {'g.go': GO})
    env = {'GOCACHE': f'{scene.path}/cache', 'GO111MODULE': 'off'}
    for way in ('without', 'with'):
        built = scene.run('go', 'build', '-o', f'{way}/g', f'{way}/g.go', env=env)
        check(built.status == 0, built.output)
    seen = compare(scene, ('./g',))
    check('20000 exit status 3' in seen, seen)


GO_WITH_C = '''
package main
/*
static void fault_in_c(void) { *(volatile int*)0 = 1; }
*/
import "C"
func main() { C.fault_in_c() }
'''


def test_a_fault_in_c_of_a_go_program_is_recorded(scene: Scene):
    """Go hands it on: not to the default action, which it would take for nothing there."""
    file(scene, 'c.go', GO_WITH_C)
    env = {'GOCACHE': f'{scene.path}/cache', 'GO111MODULE': 'off', 'CGO_ENABLED': '1'}
    built = scene.run('go', 'build', '-o', 'c', 'c.go', env=env)
    check(built.status == 0, built.output)
    done = scene.run(*under(scene, './c'), env=QUIET)
    check(done.status == -signal.SIGSEGV, done.status, done.output)
    check(scene.rows() == [('signal', 'SIGSEGV')], scene.rows())


RUST = '''
#[inline(never)]
fn deeper(depth: u64) -> u64 {
    let place = [depth; 64];
    let kept = unsafe { std::ptr::read_volatile(&place[(depth % 64) as usize]) };
    deeper(depth + 1) + kept + place[(kept % 64) as usize]
}

fn main() {
    match std::env::args().nth(1).unwrap().as_str() {
        "overflow" => println!("{}", deeper(0)),
        "fault" => unsafe { std::ptr::write_volatile(8 as *mut u8, 1) },
        "abort" => std::process::abort(),
        _ => panic!("no such way"),
    }
}
'''


def test_rust_that_handles_its_overflows(scene: Scene):
    places(scene, {})
    file(scene, 'r.rs', RUST)
    for way in ('without', 'with'):  # Debian's: rustup's wants a home
        built = scene.run('/usr/bin/rustc', '-O', '-o', f'{way}/r', 'r.rs')
        check(built.status == 0, built.output)
    ways = [('./r', way) for way in ('overflow', 'fault', 'abort', 'panic')]
    seen = compare(scene, *ways,
                   rows=[('signal', 'SIGABRT'), ('signal', 'SIGSEGV'), ('signal', 'SIGABRT')])
    check('has overflowed its stack' in seen, seen)


def answer(port, request):
    with socket.create_connection(('127.0.0.1', port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(100)


def wait_until_up(port, service):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if answer(port, b'PING\r\n') == b'+PONG\r\n':
                return
        check(service.poll() is None, 'redis-server is gone')
        time.sleep(0.02)
    raise AssertionError('redis-server does not answer')


def free_port():
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        return found.getsockname()[1]


def redis(scene, way, end):
    """redis-server, a benchmark, then what ends it: its status."""
    os.makedirs(f'{scene.path}/{way}', exist_ok=True)
    port = free_port()
    command = [scene.program('redis-server'), '--port', port, '--save', '', '--bind', '127.0.0.1',
               '--crash-memcheck-enabled', 'no', '--enable-debug-command', 'yes', '--dir',
               f'{scene.path}/{way}', '--logfile', f'{scene.path}/{way}/log']
    service = scene.start(*(command if way == 'without' else under(scene, *command)))
    wait_until_up(port, service)
    load = ('redis-benchmark', '-p', port, '-n', '2000', '-q', '-t', 'set,get,lpush')
    done = scene.run(*load)
    check(done.status == 0 and 'SET' in done.output, done.output)
    end(service, port)
    finish(service)
    return service.status, lines_of(service.output)


def test_redis_under_load_and_its_own_fault(scene: Scene):
    def fault(_, port):
        with contextlib.suppress(OSError):
            answer(port, b'DEBUG SEGFAULT\r\n')
    seen = [redis(scene, way, fault) for way in ('without', 'with')]
    check(seen[0] == seen[1] and seen[0][0] < 0, seen)
    check(scene.rows() == [('signal', 'SIGSEGV')], scene.rows())


def test_redis_that_is_asked_to_end(scene: Scene):
    def ask(service, _):
        service.send_signal(signal.SIGTERM)
    seen = [redis(scene, way, ask) for way in ('without', 'with')]
    check(seen[0] == seen[1] == (0, []), seen)
    check(not scene.rows(), scene.rows())


def test_ends_past_the_c_library_are_no_kills_whoever_finds_them_first(scene: Scene):
    """Each looks at what the others left, while their ends are being recorded."""
    past = ('/usr/bin/python3', '-c', 'import ctypes; ctypes.CDLL(None).syscall(%d, 3)' % EXIT_GROUP)
    for _ in range(10):
        started = [scene.start(*under(scene, *past), env=QUIET) for _ in range(4)]
        for service in started:
            finish(service)
            check(service.status == 3, service.status, service.output)
    check(scene.rows() == [], scene.rows('SELECT kind, cause, pid FROM crashes'))
    check(scene.rows('SELECT DISTINCT exit_status FROM dblog_exits') == [(3,)])


def test_a_pipe_and_its_input(scene: Scene):
    places(scene, {})
    tool = f'{scene.program("dblog")} run --db {scene.database} --'
    for run in ('', tool):
        done = scene.run('sh', '-c', f'printf "b\\na\\n" | {run} sort | {run} cat -n; {run} tr a b < /dev/null')
        check(lines_of(done.output) == ['     1\ta', '     2\tb'], done.output)
    check(not scene.rows(), scene.rows())


main(globals(), QUIET)
