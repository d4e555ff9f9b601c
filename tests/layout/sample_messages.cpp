#include "tests/layout/sample_messages.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "src/outbox/digest_text.hpp"
#include "src/report/message_text.hpp"

namespace dblog::test {
namespace {

using reader::Details;
using report::MessageText;
using sqlite::Row;

constexpr std::int64_t kThread = 4711;
constexpr const char* kDatabase = "/srv/shop/LOGS.db";
constexpr const char* kProgram = "/srv/shop/bin/shop";
constexpr const char* kLibc = "/lib/x86_64-linux-gnu/libc.so.6";
constexpr const char* kLibstdcxx = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";
constexpr const char* kCreated = "2026-11-29 14:02:07.318400";

struct Call {
  const char* function;
  const char* file = "";
  std::int64_t line = 0;
  const char* module = kProgram;
};

std::vector<Row> stack_of(const std::vector<Call>& calls) {
  std::vector<Row> frames;
  for (const Call& call : calls) {
    Row frame{{{"thread", kThread},
               {"depth", static_cast<std::int64_t>(frames.size())},
               {"function", std::string(call.function)},
               {"module", std::string(call.module)}}};
    if (*call.file != '\0') {
      frame.columns.push_back({"file", std::string(call.file)});
      frame.columns.push_back({"line", call.line});
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

Row alert_of(const std::string& table, std::int64_t id, const std::string& subject,
             const std::string& body) {
  return {{{"subject", subject},
           {"body", body},
           {"created", std::string(kCreated)},
           {"source_table", table},
           {"source_id", id},
           {"utc_offset", std::int64_t{3'600}},
           {"program", std::string(kProgram)},
           {"release", std::string("2.8.1")},
           {"host", std::string("web1")},
           {"pid", std::int64_t{4'711}},
           {"tid", kThread}}};
}

Row field(const std::string& name, const std::string& type, sqlite::Value value) {
  return {{{"name", name}, {"type", type}, {"value", std::move(value)}}};
}

Details crash() {
  Details details;
  details.entry.id = {"crashes", 7};
  details.entry.is_crash = true;
  details.entry.row.columns = {{"kind", std::string("signal")},
                               {"signal", std::int64_t{11}},
                               {"signal_name", std::string("SIGSEGV")},
                               {"signal_code", std::int64_t{1}},
                               {"fault_address", std::string("0x18")},
                               {"msg", std::string("SIGSEGV: read from address 0x18")},
                               {"access", std::string("read")},
                               {"executable", std::string(kProgram)},
                               {"release", std::string("2.8.1")},
                               {"host", std::string("web1")},
                               {"pid", std::int64_t{4'711}},
                               {"tid", kThread},
                               {"thread_name", std::string("checkout")},
                               {"fingerprint", std::string("2:c4989e27f0bbf507")}};
  details.entry.process = Row{{{"environment", std::string("production")}}};
  details.number_in_group = 3;
  details.group_state = Row{{{"state", std::string("open")},
                             {"first_crash", std::int64_t{1}},
                             {"first_seen", std::string("2026-11-20 09:12:44.000000")}}};
  details.context = {field("request", "text", std::string("POST /checkout")),
                     field("cart", "integer", std::int64_t{812})};
  details.frames =
      stack_of({{"std::vector<Item, std::allocator<Item> >::begin() const",
                 "/usr/include/c++/12/bits/stl_vector.h", 811},
                {"shop::Cart::total(std::__cxx11::basic_string<char, std::char_traits<char>, "
                 "std::allocator<char> > const&) const",
                 "/home/build/shop/src/cart.cpp", 42},
                {"shop::checkout(shop::Cart&)", "/home/build/shop/src/checkout.cpp", 118},
                {"std::_Function_handler<void (), shop::Job>::_M_invoke(std::_Any_data const&)",
                 "/usr/include/c++/12/bits/std_function.h", 290},
                {"std::function<void ()>::operator()() const",
                 "/usr/include/c++/12/bits/std_function.h", 591},
                {"shop::Worker::run()", "/home/build/shop/src/worker.cpp", 64},
                {"execute_native_thread_routine", "", 0, kLibstdcxx},
                {"start_thread", "", 0, kLibc},
                {"clone3", "", 0, kLibc}});
  details.note = Row{{{"note", std::string("cart 812: 3 items, paid")}}};
  details.breadcrumbs = {{{{"number", std::int64_t{1}},
                           {"date", std::string("2026-11-29 14:02:07.101200")},
                           {"msg", std::string("GET /cart?id=812")}}},
                         {{{"number", std::int64_t{2}},
                           {"date", std::string("2026-11-29 14:02:07.317900")},
                           {"msg", std::string("POST /checkout")}}}};
  return details;
}

Details event() {
  Details details;
  details.entry.id = {"payments", 31};
  details.entry.facts =
      reader::EventFacts{.severity = "critical",
                         .fields = {field("order", "integer", std::int64_t{4'711}),
                                    field("bank", "text", std::string("DE-12")),
                                    field("is_retry", "boolean", std::int64_t{1})},
                         .tags = {"payment", "retry"}};
  details.entry.process = Row{{{"environment", std::string("production")}}};
  details.stacks = reader::EventStacks{};
  details.stacks->thrown.frames =
      stack_of({{"shop::Bank::charge(int)", "/home/build/shop/src/bank.cpp", 77},
                {"shop::pay(shop::Order const&)", "/home/build/shop/src/pay.cpp", 20}});
  details.stacks->pushed.frames =
      stack_of({{"shop::pay(shop::Order const&)", "/home/build/shop/src/pay.cpp", 31},
                {"main", "/home/build/shop/src/main.cpp", 12},
                {"__libc_start_call_main", "", 0, kLibc},
                {"__libc_start_main", "", 0, kLibc}});
  return details;
}

MessageText event_text(const std::string& message, const Details& details) {
  return report::whole_message(
      alert_of("payments", 31, "payments: " + message.substr(0, message.find('\n')), message),
      details, kDatabase);
}

// Every text of it, also those that are code and facts.
MessageText hostile_text() {
  const std::string text =
      "``` *bold* _it_ <!channel> <@U1> <http://evil.example|x> &amp; @everyone\n"
      "</pre><script>alert(1)</script><img src=x onerror=alert(1)> [click](http://evil.example)\n"
      "```\n<style>body{display:none}</style> \xff \x1b[31m \u202e";
  Details details = event();
  details.entry.process->columns[0].value = std::string("<b>`production`</b>");
  details.entry.facts->severity = "<b>`critical`</b>";
  details.entry.facts->fields = {field("``` <!here>", "text", text)};
  details.entry.facts->tags = {"*x*", "<!channel>"};
  details.stacks->thrown.frames = {};
  details.stacks->pushed.frames = stack_of({{"f```g<@U1>", "/srv/```<b>.cpp", 1}});
  Row alert = alert_of("payments", 31, text, text);
  alert.columns[7].value = std::string("`/srv/*shop*`\"'><b onmouseover=alert(1)>");
  return report::whole_message(alert, details, "/srv/`shop` <&>/LOGS.db");
}

notify::Message message_of(const std::string& subject, text::LaidOutText text) {
  return {"843f1df2-f82c-498f-928f-d798dcadea30", subject, std::move(text.body), kCreated,
          std::move(text.parts)};
}

outbox::GroupPart group_of(const MessageText& text, std::int64_t alerts, const std::string& id) {
  outbox::GroupPart part;
  part.subject = text.subject;
  part.text = text.text;
  part.alerts = alerts;
  part.first_created = "2026-11-29 14:02:07.318400";
  part.last_created = "2026-11-29 14:11:55.000000";
  part.id = id;
  if (alerts > 1) part.samples = {"payments: order 18 refused", "payments: order 23 refused"};
  return part;
}

}  // namespace

std::vector<SampleMessage> sample_messages() {
  const MessageText died = report::whole_message(
      alert_of("crashes", 7, "SIGSEGV in shop on web1", "SIGSEGV: read from address 0x18"), crash(),
      kDatabase);
  const MessageText refused =
      event_text("order 17 refused: std::runtime_error: card declined", event());
  const Timestamp now = Timestamp{std::chrono::hours{500'000}};
  outbox::GroupPart more = group_of(refused, 1'204, "payments/31");
  more.more_since = now - std::chrono::minutes{10};
  const outbox::DigestText digest = outbox::digest_of_one(more, now);
  const outbox::DigestText shared = outbox::digest_of_many(
      {group_of(report::brief_message(alert_of("crashes", 7, "SIGSEGV in shop on web1",
                                               "SIGSEGV: read from address 0x18"),
                                      crash()),
                1, "crashes/7"),
       group_of(
           report::brief_message(
               alert_of("payments", 31, "payments: order 17 refused", "order 17 refused"), event()),
           12, "payments/31")},
      now);
  const MessageText hostile = hostile_text();
  return {{"crash", message_of(died.subject, died.text)},
          {"error", message_of(refused.subject, refused.text)},
          {"digest", message_of(digest.subject, digest.text)},
          {"shared", message_of(shared.subject, shared.text)},
          {"hostile", message_of(hostile.subject, hostile.text)}};
}

}  // namespace dblog::test
