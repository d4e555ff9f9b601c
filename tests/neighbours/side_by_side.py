"""One program without dblog, with it, and with it asked after handlers that were there: the same.

    compare(scene, act)         act(scene) gives what must be the same: output, status, …

Each way has a Scene of its own, whose `way` is its environment for the program. Orphans come to this
process, so that what a program leaves behind is seen.
"""

import ctypes
import glob
import os
import time

from scene import LIMIT, Scene, check

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    check(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, 'prctl')


def wait_for_orphans(allowed):
    """Those that end by themselves may do so; the rest is named and stopped."""
    end = time.monotonic() + allowed
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0) or time.monotonic() < end:
            time.sleep(0.01)
    except ChildProcessError:
        return
    left = []
    with open('/proc/self/task/%d/children' % os.getpid()) as children:
        for process in children.read().split():
            with open(f'/proc/{process}/cmdline') as command:
                left.append(command.read().replace('\0', ' '))
            os.kill(int(process), 9)
            os.waitpid(int(process), 0)
    raise AssertionError(f'processes are left: {left}')


def watch(scene, name, act, expected_rows, is_slow):
    path = f'{scene.path}/{name}'
    os.mkdir(path)
    os.chmod(scene.path, 0o711)  # programs may run as another user
    own = Scene(path, scene.programs)
    own.way = {}
    if name != 'without':
        own.way = own.preloaded()
    if name == 'asked-first':
        own.way['PRELOAD_SHIM'] = 'chain_first'
    seen = act(own)
    wait_for_orphans(LIMIT / 8)
    if name == 'without':
        return repr(seen).replace(path, 'HERE')
    check(os.path.exists(own.database), name, 'dblog was not there', seen)
    boxes = glob.glob(f'{own.database}-box-*')
    rows = own.rows()
    check(rows == expected_rows, name, rows, own.rows('SELECT executable, msg FROM crashes'), seen)
    # What a program leaves at exec() the next start removes, as far as it comes within 200 ms.
    check(expected_rows or is_slow or not boxes, name, boxes)
    check(not glob.glob(f'{own.database}-box-*'), name, 'a box is left')
    return repr(seen).replace(path, 'HERE')


def compare(scene, act, expected_rows=(), is_slow=False):
    adopt_orphans()
    without = watch(scene, 'without', act, [], is_slow)
    for name in ('with', 'asked-first'):
        seen = watch(scene, name, act, list(expected_rows), is_slow)
        check(seen == without, name, seen, without)
