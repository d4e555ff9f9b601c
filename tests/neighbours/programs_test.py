"""Programs as Debian has them: the same output and status, no row, nothing left behind."""

import os
import signal

from scene import Scene, Skipped, check, finish, main
from side_by_side import compare


def results(scene, *commands, env=None):
    """Name, status and output of each; without the line in which dblog names what is missing."""
    seen = []
    for command in commands:
        done = scene.run(*command, env={**scene.way, **(env or {})})
        lines = [line for line in done.output.splitlines() if not line.startswith('dblog: ')]
        seen.append((command[0], done.status, lines))
    return seen


def file(scene, name, text):
    with open(f'{scene.path}/{name}', 'w') as made:
        made.write(text)
    return name


def ends_well(seen):
    check(all(status == 0 for _, status, _ in seen), seen)
    return seen


SHELL = '''
echo one | tr a-z A-Z | cat; (exit 3); echo $?
bash -c 'kill -TERM $$'; echo $?
bash -c 'trap "echo tidy; trap - TERM; kill -TERM \\$\\$" TERM; kill -TERM $$'; echo $?
bash -c 'trap "echo on exit" EXIT; kill -INT $$'; echo $?
timeout 2 sleep 60; echo $?
(exec bash -c 'exec true'); echo $?
bash -c 'echo one; read line; exec true' < <(echo two; exec sleep 0.01) | cat; echo ${PIPESTATUS[*]}
'''


def test_bash(scene: Scene):
    compare(scene, lambda own: ends_well(results(own, ('bash', file(own, 's.sh', SHELL)))))


def test_a_pipe_that_ends_early_is_a_row_as_documented(scene: Scene):
    script = 'yes | head -1; echo ${PIPESTATUS[*]}'
    compare(scene, lambda own: ends_well(results(own, ('bash', '-c', script))), [('killed', None)])


PERL = '''
use strict; $| = 1;
$SIG{ALRM} = sub { print "alarm\\n" };
alarm 1; select(undef, undef, undef, 60);
$SIG{CHLD} = 'DEFAULT';
my $child = fork // die; if (!$child) { exit 3 } waitpid $child, 0; print $? >> 8, "\\n";
$child = fork // die; if (!$child) { kill 'TERM', $$; sleep 60 } waitpid $child, 0; print $? & 127, "\\n";
print `echo shell`; print system('exit 4') >> 8, "\\n";
local $SIG{INT} = sub { die "interrupted\\n" }; eval { kill 'INT', $$; sleep 60 }; print $@;
print join(',', grep { ($SIG{$_} // '') ne '' } qw(HUP TERM QUIT USR1)), "\\n";
'''


def test_perl(scene: Scene):
    compare(scene, lambda own: ends_well(results(own, ('perl', file(own, 's.pl', PERL)))))


RUBY = '''
$stdout.sync = true
p trap('TERM', 'DEFAULT'), trap('HUP', 'DEFAULT'), trap('USR1', 'DEFAULT')
child = fork { exit! 3 }
Process.wait child; p $?.exitstatus
child = fork { Process.kill :TERM, $$; sleep }
Process.wait child; p $?.termsig
begin
  Process.kill :INT, $$; sleep
rescue Interrupt
  puts 'interrupted'
end
def deep(n) = deep(n + 1) + 1
begin
  deep 0
rescue SystemStackError
  puts 'stack level too deep'
end
puts `echo shell`
4.times.map { |i| Thread.new { 1000.times.sum * i } }.each { |t| p t.value }
'''


def test_ruby(scene: Scene):
    compare(scene, lambda own: ends_well(results(own, ('ruby', file(own, 's.rb', RUBY)))))


PYTHON = '''
import faulthandler, multiprocessing, os, signal, subprocess, sys
def double(n): return 2 * n
def work(up): up.send(1); signal.pause()
def main():
    print(signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGUSR1))
    for way in ('fork', 'spawn', 'forkserver'):
        with multiprocessing.get_context(way).Pool(2) as pool:
            print(way, pool.map(double, range(4)))
        here, there = multiprocessing.Pipe()
        worker = multiprocessing.get_context(way).Process(target=work, args=(there,))
        worker.start(); here.recv(); worker.terminate(); worker.join(); print(worker.exitcode)
    print(subprocess.run(['sh', '-c', 'exit 3']).returncode)
    child = subprocess.Popen(['sh', '-c', 'echo up; read line'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline(); child.terminate(); print(child.wait())
    print(subprocess.run(['sh', '-c', 'kill -HUP $$']).returncode)
    try:
        os.kill(os.getpid(), signal.SIGINT); signal.pause()
    except KeyboardInterrupt:
        print('interrupted')
    child = os.fork()
    if child == 0: os._exit(5)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    sys.exit(7)
if __name__ == '__main__': main()
'''


def system_python(scene):
    if not os.path.exists('/usr/bin/python3'):  # others may be scripts that start it
        raise Skipped('python3 is not installed')
    return '/usr/bin/python3'


def test_python(scene: Scene):
    compare(scene, lambda own: results(own, (system_python(own), file(own, 's.py', PYTHON))))


def test_a_python_that_crashes_with_a_fault_handler(scene: Scene):
    compare(scene, lambda own: [status for _, status, _ in results(
        own, (system_python(own), '-X', 'faulthandler', '-c',
              'import ctypes; ctypes.string_at(0)'))], [('signal', 'SIGSEGV')])


def test_git(scene: Scene):
    def act(own):
        file(own, 'a', 'one\n' * 1000)
        env = {'GIT_AUTHOR_DATE': '2020-01-01T00:00:00Z', 'GIT_COMMITTER_DATE':
               '2020-01-01T00:00:00Z', 'GIT_CONFIG_GLOBAL': '/dev/null'}
        name = ('-c', 'user.name=A', '-c', 'user.email=a@localhost')
        return ends_well(results(
            own, ('git', 'init', '-q', 'r'), ('cp', 'a', 'r/a'), ('git', '-C', 'r', 'add', 'a'),
            ('git', '-C', 'r', *name, 'commit', '-qm', 'one'), ('git', '-C', 'r', 'gc', '-q'),
            ('git', '-C', 'r', 'fsck', '--no-progress'), ('git', 'clone', '-q', 'r', 'c'),
            ('git', '-C', 'c', 'log', '-p', '--oneline'), env=env))
    compare(scene, act)


MAKE = '''
all: one two three
one two: %: ; @echo $@ > $@
three: prog ; ./prog > $@ && cat one two three
prog: prog.cpp ; g++ -O1 -g -o $@ $<
fail: ; @exit 3
'''


def test_make_and_the_compiler(scene: Scene):
    def act(own):
        file(own, 'Makefile', MAKE)
        file(own, 'prog.cpp', '#include <iostream>\nint main() { std::cout << "built\\n"; }\n')
        file(own, 'wrong.cpp', 'int main() { return x; }\n')
        return results(own, ('make', '-s', '-j2'), ('make', 'fail'),
                       ('g++', '-c', 'wrong.cpp'), ('gcc', '--version'))
    compare(scene, act)


NODE = '''
const { spawnSync, fork } = require('child_process');
const { Worker, isMainThread } = require('worker_threads');
if (process.argv[2] === 'child') { setInterval(() => {}, 1000); process.send('up'); }
else if (isMainThread) {
  console.log(spawnSync('sh', ['-c', 'exit 3']).status);
  const child = fork(__filename, ['child']);
  child.on('message', () => child.kill());
  child.on('exit', (code, signal) => {
    console.log(code, signal);
    new Worker(__filename).on('exit', (code) => {
      process.on('SIGTERM', () => { console.log('tidy'); process.exit(4); });
      process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);
    });
  });
  function deep() { return deep() + 1; }
  try { deep(); } catch (error) { console.log(error instanceof RangeError); }
}
'''


def test_node(scene: Scene):
    compare(scene, lambda own: results(own, ('node', file(own, 's.js', NODE))))


JAVA = '''
public class S {
  static int deep(int n) { return deep(n + 1) + 1; }
  public static void main(String[] arguments) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    Thread thread = new Thread(() -> {
      try { deep(0); } catch (StackOverflowError e) { System.out.println("overflow"); }
      Object nothing = null;
      int caught = 0;
      for (int i = 0; i < 5000; ++i)
        try { nothing.hashCode(); } catch (NullPointerException e) { ++caught; }
      System.out.println(caught);
    });
    thread.start(); thread.join();
    System.out.println(new ProcessBuilder("sh", "-c", "exit 3").start().waitFor());
    Process child = new ProcessBuilder("sh", "-c", "echo up; read line").start();
    child.getInputStream().read(); child.destroy();
    System.out.println(child.waitFor());
    if (arguments.length > 0) { System.out.println("ready"); Thread.sleep(60000); }
  }
}
'''


def test_java(scene: Scene):
    def act(own):
        seen = results(own, ('javac', file(own, 'S.java', JAVA)), ('java', '-cp', '.', 'S'))
        service = own.start('java', '-cp', '.', 'S', 'stay', env=own.way)
        lines = iter(service.stdout.readline, '')
        seen.append([line for line in iter(lambda: next(lines, 'ready\n'), 'ready\n')])
        service.send_signal(signal.SIGTERM)  # the VM runs its hooks and exits with 143
        finish(service)
        return seen + [service.status, service.output]
    compare(scene, act)


FAULTY = '''
#include <cstdlib>
#include <thread>
int main(int argc, char** argv) {
  volatile char* p = static_cast<char*>(std::malloc(8));
  std::thread{[p] { p[8] = 1; }}.join();
  std::free(const_cast<char*>(p));
  return 3;
}
'''


def without_numbers(text):
    """valgrind's lines of what it found; addresses and process ids differ."""
    return [line.split('==')[-1].split(' at 0x')[0] for line in text.splitlines()
            if 'Invalid' in line or 'ERROR SUMMARY' in line or
            'definitely lost' in line and ' 0 bytes' not in line]


def test_valgrind(scene: Scene):
    def act(own):
        compiled = own.run('g++', '-g', '-pthread', '-o', 'faulty', file(own, 'f.cpp', FAULTY))
        check(compiled.status == 0, compiled.output)
        done = own.run('valgrind', '--leak-check=full', '--trace-children=no', './faulty',
                       env=own.way)
        if 'debuginfo reader' in done.output:
            raise Skipped('this valgrind does not read the debug information of this compiler')
        check('internal error' not in done.output and 'Warning' not in done.output, done.output)
        return done.status, without_numbers(done.output)
    compare(scene, act, is_slow=True)


def test_gdb(scene: Scene):
    def act(own):
        compiled = own.run('g++', '-g', '-pthread', '-o', 'faulty', file(own, 'f.cpp', FAULTY))
        check(compiled.status == 0, compiled.output)
        done = own.run('gdb', '-nx', '-q', '-batch', '-ex', 'break std::free', '-ex', 'run', '-ex',
                       'continue', './faulty', env=own.way)
        if 'ptrace' in done.output:
            raise Skipped('gdb may not trace here')
        return done.status, [line.split('(process')[0].split(' (')[0]
                             for line in done.output.splitlines()
                             if 'Inferior' in line or 'signal' in line]
    compare(scene, act)


def test_strace(scene: Scene):
    def act(own):
        seen = results(own, ('strace', '-f', '-o', 'trace.txt', 'sh', '-c', 'echo one; (exit 3)'))
        with open(f'{own.path}/trace.txt') as trace:
            check('exited with 3' in trace.read())
        return seen
    compare(scene, act)


QT = '''
#include <QCoreApplication>
#include <QProcess>
#include <QThread>
#include <QTimer>
#include <cstdio>
int main(int argc, char** argv) {
  QCoreApplication application{argc, argv};
  QTimer::singleShot(10, [] {
    QProcess child; child.start("sh", {"-c", "exit 3"}); child.waitForFinished();
    std::printf("%d\\n", child.exitCode());
    QThread* thread = QThread::create([] { std::puts("thread"); });
    thread->start(); thread->wait(); delete thread;
    QCoreApplication::exit(4);
  });
  return application.exec();
}
'''


def test_qt(scene: Scene):
    def act(own):
        flags = own.run('pkg-config', '--cflags', '--libs', 'Qt6Core')
        if flags.status != 0:
            raise Skipped('Qt 6 is not installed')
        compiled = own.run('g++', '-fPIC', '-o', 'qt', file(own, 'q.cpp', QT),
                           *flags.output.split())
        check(compiled.status == 0, compiled.output)
        return results(own, ('./qt',))
    compare(scene, act)


main(globals())
