"""program.c in Python, by ctypes: program.py LIBRARY"""

import ctypes
import sys
from ctypes import c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_void_p


def ints(*names):
    return [(name, c_int32) for name in names]


class Field(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("type", c_int32), ("text", c_char_p), ("integer", c_int64), ("real", c_double)]


class PushOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("database", c_char_p),
                *ints("slack", "email", "hw_monitor", "stack", "queued", "severity"),
                ("fields", ctypes.POINTER(Field)), ("field_count", c_size_t),
                ("tags", ctypes.POINTER(c_char_p)), ("tag_count", c_size_t)]


class HandlerOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("database", c_char_p), ("env_file", c_char_p), ("release", c_char_p),
                ("signals", c_void_p), ("signal_count", c_size_t),
                *ints("terminate", "chain_first", "throw_sites", "hw_monitor", "all_threads", "registers", "slack",
                      "email", "delivery", "sync_to_disk", "deadline_ms", "print_to_stderr"), ("environment", c_char_p),
                ("on_crash", c_void_p)]


dblog = ctypes.CDLL(sys.argv[1])
dblog.dblog_error.restype = c_char_p
dblog.dblog_push.restype = c_int64


def say(result):
    print(result, dblog.dblog_error().decode())


handlers = HandlerOptions()
dblog.dblog_init_handler_options(ctypes.byref(handlers), c_size_t(ctypes.sizeof(handlers)))
handlers.release = b"1.2"
handlers.delivery = 0
handlers.print_to_stderr = 0
say(dblog.dblog_install_handlers(ctypes.byref(handlers)))

print(dblog.dblog_set_context(ctypes.byref(Field(b"region", 0, b"eu-1"))))
scope = (ctypes.c_uint64 * 2)()
dblog.dblog_context_begin(scope, ctypes.byref(Field(b"request", 1, None, 7)), c_size_t(1))
dblog.dblog_breadcrumb(b"charging the card")
fields = (Field * 4)(Field(b"bank", 0, b"DE-12"), Field(b"order", 1, None, 4711), Field(b"took_s", 2, None, 0, 0.25),
                     Field(b"is_new", 3, None, 1))
options = PushOptions()
dblog.dblog_init_push_options(ctypes.byref(options), c_size_t(ctypes.sizeof(options)))
options.severity = 1
options.fields = fields
options.field_count = len(fields)
options.tags = (c_char_p * 1)(b"payment")
options.tag_count = 1
say(dblog.dblog_push(b"errors", b"payment refused", ctypes.byref(options)))

say(dblog.dblog_push(b"no table", b"refused", None))
say(dblog.dblog_push(b"errors", b"refused", ctypes.byref(PushOptions())))

options.queued = 1
options.field_count = 0
say(dblog.dblog_push(b"errors", b"queued", ctypes.byref(options)))
say(dblog.dblog_flush(c_int(60000)))
dblog.dblog_context_end(scope)
sys.stdout.flush()
ctypes.string_at(0)
