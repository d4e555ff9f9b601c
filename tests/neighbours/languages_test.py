"""Runtimes of languages that live on signals: write barriers, guard pages, stopped threads, timers."""

from scene import Scene, check, main
from side_by_side import compare


def file(scene, name, text):
    with open(f'{scene.path}/{name}', 'w') as made:
        made.write(text)
    return name


def run(scene, *command, expected=None, env=None):
    """Status and output, without dblog's own lines. What must be in it shows that it was tried."""
    done = scene.run(*command, env={**scene.way, **(env or {})})
    lines = [line for line in done.output.splitlines() if not line.startswith('dblog: ')]
    check(expected is None or lines == expected, command, done.status, done.output)
    return done.status, lines


# The collector finds what was written by faults, stops threads by SIGUSR2, and sees stack overflows
# at a guard page; a fault of the program's is a condition.
SBCL = '''
(defvar *old* (make-array 200000 :initial-element nil))
(gc :full t)
(let ((threads (loop repeat 4 collect (sb-thread:make-thread (lambda ()
        (loop for i from 0 below 200000 by 7 do (setf (aref *old* i) (list i)))
        (loop repeat 20 do (gc)))))))
  (mapc #'sb-thread:join-thread threads))
(defun deep (n) (+ 1 (deep (+ 1 n))))
(loop repeat 3 do (handler-case (deep 0) (storage-condition () (format t "exhausted~%"))))
(loop repeat 3 do
  (handler-case (print (sb-sys:sap-ref-8 (sb-sys:int-sap 24) 0))
    (sb-sys:memory-fault-error () (format t "fault~%"))))
(handler-case (error "x") (error () (format t "error~%")))
(format t "~a~%" (sb-ext:process-exit-code (sb-ext:run-program "/bin/sh" '("-c" "exit 3"))))
(finish-output)
(sb-ext:exit :code 4)
'''


def test_sbcl(scene: Scene):
    expected = ['exhausted'] * 3 + ['fault'] * 3 + ['error', '3']

    def act(own):
        status, lines = run(own, 'sbcl', '--noinform', '--disable-debugger', '--no-userinit',
                            '--no-sysinit', '--script', file(own, 's.lisp', SBCL))
        lines = [line for line in lines if line in expected]  # it tells of guard pages besides
        check(lines == expected, lines)
        return status, lines
    compare(scene, act)


OCAML = '''
let rec deep n = 1 + deep (n + 1)
let () =
  for _ = 1 to 3 do
    (try ignore (deep 0) with Stack_overflow -> print_endline "overflow")
  done;
  (match Unix.fork () with
   | 0 -> Unix._exit 3
   | child -> (match Unix.waitpid [] child with
       | _, Unix.WEXITED status -> Printf.printf "%d\\n%!" status
       | _ -> ()));
  Sys.set_signal Sys.sigterm (Sys.Signal_handle (fun _ -> print_endline "term"));
  Unix.kill (Unix.getpid ()) Sys.sigterm;
  exit 4
'''


def test_ocaml(scene: Scene):
    def act(own):
        built = own.run('ocamlopt', 'unix.cmxa', file(own, 's.ml', OCAML), '-o', 'program')
        check(built.status == 0, built.output)
        return run(own, './program', expected=['overflow'] * 3 + ['3', 'term'])
    compare(scene, act)


# A null pointer is met by the processor; collections stop threads by signals.
MONO = '''
using System; using System.Diagnostics; using System.Threading;
class S {
  public int field;
  static int Meet(S nothing) { int caught = 0;
    for (int i = 0; i < 2000; ++i) try { caught += nothing.field; } catch (NullReferenceException) { ++caught; }
    return caught; }
  static int Main() {
    int all = 0;
    var threads = new Thread[8];
    for (int t = 0; t < threads.Length; ++t) {
      threads[t] = new Thread(() => {
        Interlocked.Add(ref all, Meet(null));
        for (int i = 0; i < 10; ++i) { var bytes = new byte[1000000]; GC.Collect(); } });
      threads[t].Start(); }
    foreach (var thread in threads) thread.Join();
    Console.WriteLine(all);
    int zero = all - 16000;
    try { Console.WriteLine(1 / zero); } catch (DivideByZeroException) { Console.WriteLine("zero"); }
    var child = Process.Start("/bin/sh", "-c \\"exit 3\\"");
    child.WaitForExit(); Console.WriteLine(child.ExitCode);
    return 4; } }
'''


def test_mono(scene: Scene):
    def act(own):
        built = own.run('mcs', '-out:s.exe', file(own, 's.cs', MONO))
        check(built.status == 0, built.output)
        return run(own, 'mono', 's.exe', expected=['16000', 'zero', '3'])
    compare(scene, act)


# Collected by Boehm GC, whose threads are stopped by SIGPWR.
GUILE = '''
(use-modules (ice-9 threads))
(define threads
  (map (lambda (i) (call-with-new-thread
         (lambda () (let loop ((n 0)) (when (< n 200) (make-vector 10000 n) (loop (+ n 1)))) (gc) i)))
       (iota 4)))
(display (map join-thread threads)) (newline)
(sigaction SIGTERM (lambda (number) (display "term") (newline)))
(kill (getpid) SIGTERM) (usleep 1000)
(display (status:exit-val (system* "sh" "-c" "exit 3"))) (newline)
(primitive-exit 4)
'''


def test_guile(scene: Scene):
    def act(own):
        return run(own, 'guile', '--no-auto-compile', '-q', file(own, 's.scm', GUILE),
                   env={'GUILE_AUTO_COMPILE': '0'},
                   expected=['(0 1 2 3)', 'term', '3'])
    compare(scene, act)


ECL = '''
(defun deep (n) (+ 1 (deep (+ 1 n))))
(loop repeat 3 do (handler-case (deep 0) (storage-condition () (format t "exhausted~%"))))
(handler-case (/ 1.0 0.0) (division-by-zero () (format t "zero~%")))
(loop repeat 20 do (make-array 1000000) (si:gc t))
(format t "~a~%" (nth-value 1 (ext:run-program "/bin/sh" '("-c" "exit 3") :wait t)))
(finish-output)
(ext:quit 4)
'''


def test_ecl(scene: Scene):
    def act(own):
        status, lines = run(own, 'ecl', '--norc', '--shell', file(own, 's.lisp', ECL))
        check(lines[-2:] == ['zero', '3'] and 'exhausted' in lines, lines)
        return status, lines
    compare(scene, act)


PROLOG = '''
deep(N) :- M is N + 1, deep(M), true(M).
true(_).
main :-
  catch(deep(0), error(resource_error(What), _), (print(What), nl)),
  thread_create(true, Thread), thread_join(Thread),
  on_signal(term, _, handle), current_prolog_flag(pid, Me),
  format(atom(Kill), "kill -TERM ~w", [Me]), shell(Kill), sleep(0.01),
  shell('exit 3', Status), print(Status), nl, halt(4).
handle(Name) :- print(Name), nl.
'''


def test_swi_prolog(scene: Scene):
    def act(own):
        return run(own, 'swipl', '-f', 'none', '--stack-limit=20m', '-g', 'main',
                   file(own, 's.pl', PROLOG))
    compare(scene, act)


ERLANG = '''io:format("~s", [os:cmd("echo shell; exit 3")]),
Port = open_port({spawn, "sh -c 'exit 3'"}, [exit_status]),
receive {Port, {exit_status, Status}} -> io:format("~p~n", [Status]) end,
io:format("~p~n", [catch list_to_atom(1)]) , os:cmd("kill -TERM " ++ os:getpid()),
receive after 60000 -> ok end.'''


def test_erlang(scene: Scene):
    def act(own):
        status, lines = run(own, 'erl', '-noshell', '-eval', ERLANG)
        check(lines[:2] == ['shell', '3'], lines)
        return status, len(lines)
    compare(scene, act)


PHP = '''<?php
pcntl_async_signals(true);
pcntl_signal(SIGTERM, function () { echo "term\\n"; });
posix_kill(getmypid(), SIGTERM);
$child = pcntl_fork();
if ($child == 0) exit(3);
pcntl_waitpid($child, $status); echo pcntl_wexitstatus($status), "\\n";
$child = pcntl_fork();
if ($child == 0) { pcntl_signal(SIGTERM, SIG_DFL); posix_kill(getmypid(), SIGTERM); sleep(60); }
pcntl_waitpid($child, $status); echo pcntl_wtermsig($status), "\\n";
try { intdiv(1, 0); } catch (DivisionByZeroError $e) { echo "zero\\n"; }
echo `echo shell`;
exit(4);
'''


def test_php(scene: Scene):
    compare(scene, lambda own: run(own, 'php', file(own, 's.php', PHP),
                                   expected=['term', '3', '15', 'zero', 'shell']))


LUA = '''
local caught = 0
for i = 1, 20000 do if not pcall(error, 'x') then caught = caught + 1 end end
print(caught)
local function deep() return 1 + deep() end
print((pcall(deep)))
print(os.execute('exit 3'))
os.exit(4)
'''


def test_luajit(scene: Scene):
    compare(scene, lambda own: run(own, 'luajit', file(own, 's.lua', LUA)))


ZSH = '''
trap 'echo usr1' USR1; kill -USR1 $$
TRAPZERR() { echo failed $? }
(exit 3)
sleep 60 & child=$!; kill -TERM $child; wait $child; echo $?
TRAPTERM() { echo tidy; exit 4 }
kill -TERM $$
'''


def test_zsh(scene: Scene):
    compare(scene, lambda own: run(own, 'zsh', '-f', file(own, 's.zsh', ZSH)))


# gnulib's c-stack and libsigsegv say so on their own alternate stacks.
def test_grep_tells_of_its_own_stack_overflow(scene: Scene):
    def act(own):
        return run(own, 'grep', '-E', '-f', file(own, 'pattern', '(' * 2_000_000), 'pattern',
                   expected=['grep: stack overflow'])
    compare(scene, act)


# Its handler of the fault calls abort(): that is what the process died of.
def test_gawk_that_crashes_says_so_and_aborts(scene: Scene):
    script = 'BEGIN { print 1 } /' + '(' * 200_000 + '/'
    compare(scene, lambda own: run(own, 'gawk', '-f', file(own, 'deep.awk', script)),
            [('signal', 'SIGABRT')])


PAGE = r'''.TH X 1
.SH NAME
x \- a page
.SH TEXT
Some words.
'''


# It forbids its children most system calls (seccomp); preloaded libraries have ended it by that.
def test_man(scene: Scene):
    def act(own):
        status, lines = run(own, 'man', '-P', 'cat', './' + file(own, 'x.1', PAGE))
        check(status == 0 and any('Some words.' in line for line in lines), lines)
        return lines
    compare(scene, act)


main(globals())
