/* Logs and crashes through dblog/dblog.h: what the test's programs in other languages do, too. */
#include <dblog/dblog.h>
#include <stdio.h>
#include <string.h>

static int* volatile null_pointer = NULL;

static void add_note(char* text, size_t size) {
  if (size > 1) text[0] = 'n';
}

static void refuse(const char* table, const dblog_push_options* options) {
  const long long id = dblog_push(table, "refused", options);
  printf("%lld %s\n", id, dblog_error());
}

int main(void) {
  dblog_handler_options handlers;
  dblog_init_handler_options(&handlers, sizeof handlers);
  handlers.release = "1.2";
  handlers.delivery = DBLOG_DELIVERY_NONE;
  handlers.print_to_stderr = 0;
  handlers.on_crash = add_note;
  printf("%d %s\n", dblog_install_handlers(&handlers), dblog_error());

  const dblog_field region = {.name = "region", .type = DBLOG_TEXT, .text = "eu-1"};
  const dblog_field request = {.name = "request", .type = DBLOG_INTEGER, .integer = 7};
  dblog_context scope;
  printf("%d\n", dblog_set_context(&region));
  dblog_context_begin(&scope, &request, 1);
  dblog_breadcrumb("charging the card");
  const dblog_field fields[] = {
      {.name = "bank", .type = DBLOG_TEXT, .text = "DE-12"},
      {.name = "order", .type = DBLOG_INTEGER, .integer = 4711},
      {.name = "took_s", .type = DBLOG_REAL, .real = 0.25},
      {.name = "is_new", .type = DBLOG_BOOLEAN, .integer = 1},
  };
  const char* const tags[] = {"payment"};
  dblog_push_options options;
  dblog_init_push_options(&options, sizeof options);
  options.severity = DBLOG_WARNING;
  options.fields = fields;
  options.field_count = sizeof fields / sizeof fields[0];
  options.tags = tags;
  options.tag_count = 1;
  printf("%lld %s\n", (long long)dblog_push("errors", "payment refused", &options), dblog_error());

  refuse("no table", NULL);
  dblog_push_options zeros;
  memset(&zeros, 0, sizeof zeros);
  refuse("errors", &zeros);

  options.queued = 1;
  options.fields = NULL;
  printf("%lld %s\n", (long long)dblog_push("errors", "queued", &options), dblog_error());
  printf("%d %s\n", dblog_flush(60000), dblog_error());
  dblog_context_end(&scope);
  fflush(stdout);
  *null_pointer = 1;
  return 0;
}
