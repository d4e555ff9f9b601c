/* dblog from C, and from every language that calls C functions.
 *
 *   #include <dblog/dblog.h>
 *   int main(void) {
 *     dblog_install_handlers(NULL);
 *     dblog_push("error_table", "Error: division by zero", NULL);
 *   }
 *
 * Texts are UTF-8, end with a NUL and are copied; a null pointer is an empty text. Bytes that are
 * not UTF-8 are kept as \xNN. No function throws or ends the program. A pointer that is not null
 * must be valid: that cannot be checked.
 *
 * Structs grow at their end in later versions: fill them in with dblog_init_…(), which is given the
 * size that your program knows, and never by {0}.
 *
 * Threads: every function may be called from any thread; dblog_install_handlers() and
 * dblog_uninstall_handlers() from one at a time. Not from signal handlers, except
 * dblog_breadcrumb().
 */
#ifndef DBLOG_DBLOG_H
#define DBLOG_DBLOG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DBLOG_C_EXPORT __attribute__((visibility("default")))

/* How bad an event is. Any other value counts as DBLOG_ERROR. */
enum { DBLOG_INFO = 0, DBLOG_WARNING = 1, DBLOG_ERROR = 2, DBLOG_CRITICAL = 3 };

/* What a field's value is. Any other value counts as DBLOG_TEXT. */
enum { DBLOG_TEXT = 0, DBLOG_INTEGER = 1, DBLOG_REAL = 2, DBLOG_BOOLEAN = 3 };

/* What sends messages and names frames: only `dblog flush`; the next run too; at once. Any other
 * value counts as DBLOG_DELIVERY_HELPER. */
enum { DBLOG_DELIVERY_NONE = 0, DBLOG_DELIVERY_NEXT_RUN = 1, DBLOG_DELIVERY_HELPER = 2 };

/* A named value. Which of the last three counts, `type` says; DBLOG_BOOLEAN is in `integer`. */
typedef struct dblog_field {
  const char* name;
  int32_t type;
  const char* text;
  int64_t integer;
  double real;
} dblog_field;

/* dblog::PushOptions. A flag is on if it is not 0. */
typedef struct dblog_push_options {
  size_t size;          /* sizeof(dblog_push_options) */
  const char* database; /* null: that of dblog_install_handlers(), else $DBLOG_DB, else LOGS.db */
  int32_t slack;        /* 0 */
  int32_t email;        /* 0 */
  int32_t hw_monitor;   /* 0 */
  int32_t stack;        /* 1 */
  int32_t queued;       /* 0; what asks for a message or a snapshot is committed all the same */
  int32_t severity;     /* DBLOG_ERROR */
  const dblog_field* fields; /* `field_count` of them */
  size_t field_count;        /* 0 */
  const char* const* tags;   /* `tag_count` of them */
  size_t tag_count;          /* 0 */
} dblog_push_options;

/* dblog::HandlerOptions, whose defaults and costs dblog/handlers.hpp tells. */
typedef struct dblog_handler_options {
  size_t size;                               /* sizeof(dblog_handler_options) */
  const char* database;                      /* null: $DBLOG_DB, else ./LOGS.db */
  const char* env_file;                      /* null: .env in the working directory */
  const char* release;                       /* null */
  const int* signals;                        /* `signal_count` of them; null: the usual ones */
  size_t signal_count;                       /* 0 */
  int32_t terminate;                         /* 1 */
  int32_t chain_first;                       /* 0 */
  int32_t throw_sites;                       /* 1 */
  int32_t hw_monitor;                        /* 1 */
  int32_t all_threads;                       /* 1 */
  int32_t registers;                         /* 1 */
  int32_t slack;                             /* 0 */
  int32_t email;                             /* 0 */
  int32_t delivery;                          /* DBLOG_DELIVERY_HELPER */
  int32_t sync_to_disk;                      /* 1 */
  int32_t deadline_ms;                       /* 250 */
  int32_t print_to_stderr;                   /* 1 */
  const char* environment;                   /* null: the setting `environment` */
  void (*on_crash)(char* text, size_t size); /* null; as a signal handler: it may do little */
} dblog_handler_options;

/* Fills in the defaults. `size`: sizeof *options. Nothing happens to a null pointer. */
DBLOG_C_EXPORT void dblog_init_push_options(dblog_push_options* options, size_t size);
DBLOG_C_EXPORT void dblog_init_handler_options(dblog_handler_options* options, size_t size);

/* Captures crashes from here on. Null: the defaults. Returns 0 if all that was asked for works, 1
 * if something does not, 2 if crashes are not recorded; dblog_error() then says what and why, a
 * line each. */
DBLOG_C_EXPORT int dblog_install_handlers(const dblog_handler_options* options);

/* Puts back what was installed before. */
DBLOG_C_EXPORT void dblog_uninstall_handlers(void);

/* Commits one row into `table`. Null: the defaults. Returns its id, 0 if it is queued, and -1 if it
 * could not be stored; dblog_error() then says why. */
DBLOG_C_EXPORT int64_t dblog_push(const char* table, const char* message,
                                  const dblog_push_options* options);

/* Commits what this process has queued, within `limit_ms`. Returns 0, or -1 and dblog_error(). */
DBLOG_C_EXPORT int dblog_flush(int32_t limit_ms);

/* Leaves a breadcrumb; at most 160 bytes are kept. */
DBLOG_C_EXPORT void dblog_breadcrumb(const char* text);

/* Named values that every event of this thread, and its crash, carries from here to
 * dblog_context_end(), which the same thread calls: dblog::Context, which tells the limits. Scopes
 * nest: the one that began last ends first. `scope` is the caller's memory for it, as long as it
 * lasts, for instance a local variable. */
typedef struct dblog_context {
  uint64_t opaque[2];
} dblog_context;
DBLOG_C_EXPORT void dblog_context_begin(dblog_context* scope, const dblog_field* fields,
                                        size_t field_count);
DBLOG_C_EXPORT void dblog_context_end(dblog_context* scope);

/* A value of the whole process, until dblog_clear_context(). Returns 0, or -1 if no room is left
 * for it: dblog::set_context(). */
DBLOG_C_EXPORT int dblog_set_context(const dblog_field* field);
DBLOG_C_EXPORT void dblog_clear_context(const char* name);

/* Why the last of this thread's calls above that can fail did so; empty if it did not. Valid until
 * this thread's next one. */
DBLOG_C_EXPORT const char* dblog_error(void);

/* The version of the library: "0.1.0". */
DBLOG_C_EXPORT const char* dblog_version(void);

#ifdef __cplusplus
}
#endif

#endif /* DBLOG_DBLOG_H */
