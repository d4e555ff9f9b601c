// PCRE2 counts work for each place where a match may begin, and has no limit for a whole search. So
// every pattern is compiled with callouts before each of its items, which count; one that returns
// an error ends the search: pcre2callout(3).
//
// Bytes, not characters: a text may be no UTF-8, and checking it at each match would take a time
// that grows with its square.
#include "src/scrub/patterns.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <new>
#include <utility>

namespace dblog::scrub {
namespace {

constexpr std::uint32_t kMostKibibytes = 64 * 1024;

template <typename Object, void (*kFree)(Object*)>
struct FreeBy {
  void operator()(Object* object) const noexcept { kFree(object); }
};
using CompileContext = std::unique_ptr<pcre2_compile_context,
                                       FreeBy<pcre2_compile_context, pcre2_compile_context_free>>;
using MatchContext =
    std::unique_ptr<pcre2_match_context, FreeBy<pcre2_match_context, pcre2_match_context_free>>;
using MatchData =
    std::unique_ptr<pcre2_match_data, FreeBy<pcre2_match_data, pcre2_match_data_free>>;

template <typename Owner>
Owner owned(typename Owner::pointer object) {
  if (object == nullptr) throw std::bad_alloc{};
  return Owner{object};
}

PCRE2_SPTR units(std::string_view text) noexcept {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

class Work {
 public:
  explicit Work(std::size_t text_size) : left_(kForAnyText + kForByte * std::int64_t(text_size)) {}

  static int count(pcre2_callout_block* callout, void* work) noexcept {
    return static_cast<Work*>(work)->count(*callout) ? 0 : PCRE2_ERROR_CALLOUT;
  }

  /// No match begins between where the search began and here.
  [[nodiscard]] std::size_t searched_to() const noexcept { return searched_to_; }

 private:
  // Some tenths of a second. A pattern that begins with a repetition takes the square of a word:
  // this is enough for one of 25 KB. Bytes that one item takes are looked at fast.
  static constexpr std::int64_t kForAnyText = 50'000'000;
  static constexpr std::int64_t kForByte = 16;
  static constexpr std::size_t kBytesForStep = 16;

  bool count(const pcre2_callout_block& callout) noexcept {
    const std::size_t place = callout.current_position;
    searched_to_ = callout.start_match;
    const std::size_t bytes = place > place_ ? place - place_ : place_ - place;
    place_ = place;
    left_ -= 1 + std::int64_t(bytes / kBytesForStep);
    return left_ > 0;
  }

  std::int64_t left_;
  std::size_t place_ = 0;
  std::size_t searched_to_ = 0;
};

bool is_inside_character(std::string_view text, std::size_t at) noexcept {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

TextSpan whole_characters(std::string_view text, TextSpan span) noexcept {
  for (int i = 0; i < 3 && span.begin > 0 && is_inside_character(text, span.begin); ++i) {
    --span.begin;
  }
  for (int i = 0; i < 3 && is_inside_character(text, span.end); ++i) ++span.end;
  return span;
}

void find(const pcre2_code* code, std::string_view text, std::vector<TextSpan>& spans) {
  const auto context = owned<MatchContext>(pcre2_match_context_create(nullptr));
  const auto data = owned<MatchData>(pcre2_match_data_create(1, nullptr));
  Work work{text.size()};
  pcre2_set_callout(context.get(), &Work::count, &work);
  pcre2_set_heap_limit(context.get(), kMostKibibytes);
  pcre2_set_match_limit(context.get(), UINT32_MAX);
  pcre2_set_depth_limit(context.get(), UINT32_MAX);
  std::size_t at = 0;
  while (at < text.size()) {
    const int found =
        pcre2_match(code, units(text), text.size(), at, PCRE2_NOTEMPTY, data.get(), context.get());
    if (found == PCRE2_ERROR_NOMATCH) return;
    if (found < 0) {
      const std::size_t begin = std::max(at, work.searched_to());
      return spans.push_back(whole_characters(text, {begin, text.size()}));
    }
    const PCRE2_SIZE* const place = pcre2_get_ovector_pointer(data.get());
    // PCRE2 before 10.38 lets \K in a lookahead put a match's beginning behind its end.
    if (place[1] <= at || place[0] > place[1]) return spans.push_back({at, text.size()});
    spans.push_back(whole_characters(text, {place[0], place[1]}));
    at = place[1];
  }
}

}  // namespace

void Patterns::FreeCode::operator()(pcre2_real_code_8* code) const noexcept {
  pcre2_code_free(code);
}

std::string Patterns::add(std::string_view pattern) {
  if (pattern.empty()) return "is empty";
  if (pattern.size() > kLongestPattern) {
    return "is longer than " + std::to_string(kLongestPattern) + " bytes";
  }
  const auto context = owned<CompileContext>(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  constexpr std::uint32_t kOptions =
      PCRE2_AUTO_CALLOUT | PCRE2_MULTILINE | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
  int error = 0;
  PCRE2_SIZE place = 0;
  decltype(codes_)::value_type code{
      pcre2_compile(units(pattern), pattern.size(), kOptions, &error, &place, context.get())};
  if (code) {
    codes_.push_back(std::move(code));
    return "";
  }
  char why[256];
  pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(why), sizeof why);
  return "cannot be used: " + std::string(why) + ", at byte " + std::to_string(place);
}

std::vector<TextSpan> Patterns::find_matches(std::string_view text) const {
  std::vector<TextSpan> spans;
  for (const auto& code : codes_) find(code.get(), text, spans);
  return spans;
}

}  // namespace dblog::scrub
