// Named values as bytes: those of an event in its queue, those of a context in its thread's memory
// and in the black box. Context: crash time. Pure; a reader believes nothing that it reads.
//
// A field is its type (a byte), its name, and its value; a tag is its type and the tag. Texts have
// their size (16 bits) before them, integers and reals take 8 bytes, booleans one. Numbers are as
// this machine writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace dblog::base {

/// The first four are the numbers of the alternatives in FieldValue::Held.
enum class FieldType : std::uint8_t { text, integer, real, boolean, tag = 0xFF };

/// In the byte of the type: the value comes from a context, and others of its name win.
inline constexpr std::uint8_t kOfContext = 0x40;

/// One field that was read. Its texts lie in the bytes that were given.
struct FieldView {
  FieldType type = FieldType::text;
  bool is_of_context = false;
  std::string_view name;
  std::string_view text;
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
};

/// Writes fields one behind the other. One that does not fit is left out as a whole.
class FieldWriter {
 public:
  /// `origin`: 0, or kOfContext.
  FieldWriter(char* bytes, std::size_t capacity, std::uint8_t origin = 0) noexcept
      : bytes_(bytes), capacity_(capacity), origin_(origin) {}

  /// `mark` follows the text, and is part of it.
  bool text(std::string_view name, std::string_view text, std::string_view mark = {}) noexcept {
    const std::size_t size = text.size() + mark.size();
    if (size > kLongest || !begin(FieldType::text, name, sizeof(Size) + size)) return false;
    put(static_cast<Size>(size));
    append(text);
    append(mark);
    return true;
  }
  bool integer(std::string_view name, std::int64_t value) noexcept {
    return begin(FieldType::integer, name, sizeof value) && put(value);
  }
  bool real(std::string_view name, double value) noexcept {
    return begin(FieldType::real, name, sizeof value) && put(value);
  }
  bool boolean(std::string_view name, bool value) noexcept {
    return begin(FieldType::boolean, name, 1) && put(static_cast<std::uint8_t>(value ? 1 : 0));
  }
  bool tag(std::string_view tag) noexcept { return begin(FieldType::tag, tag, 0); }

  bool copy(const FieldView& field) noexcept {
    switch (field.type) {
      case FieldType::integer:
        return integer(field.name, field.integer);
      case FieldType::real:
        return real(field.name, field.real);
      case FieldType::boolean:
        return boolean(field.name, field.boolean);
      case FieldType::tag:
        return tag(field.name);
      default:
        return text(field.name, field.text);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  using Size = std::uint16_t;
  static constexpr std::size_t kLongest = 0xFFFF;

  bool begin(FieldType type, std::string_view name, std::size_t value_size) noexcept {
    const std::size_t needed = 1 + sizeof(Size) + name.size() + value_size;
    if (name.size() > kLongest || needed > capacity_ - size_) return false;
    put(static_cast<std::uint8_t>(static_cast<std::uint8_t>(type) |
                                  (type == FieldType::tag ? 0 : origin_)));
    put(static_cast<Size>(name.size()));
    append(name);
    return true;
  }
  void append(std::string_view bytes) noexcept {
    if (!bytes.empty()) std::memcpy(bytes_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  template <typename Number>
  bool put(Number number) noexcept {
    std::memcpy(bytes_ + size_, &number, sizeof number);
    size_ += sizeof number;
    return true;
  }

  char* bytes_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  std::uint8_t origin_;
};

/// Reads fields one behind the other.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  /// False at the end, and where there is no more that can be read.
  bool next(FieldView& field) noexcept {
    std::uint8_t type;
    if (!take(type)) return false;
    field.is_of_context =
        type != static_cast<std::uint8_t>(FieldType::tag) && (type & kOfContext) != 0;
    if (field.is_of_context) type = static_cast<std::uint8_t>(type & ~kOfContext);
    field.type = static_cast<FieldType>(type);
    return take_text(field.name) && take_value(field);
  }

 private:
  bool take_value(FieldView& field) noexcept {
    std::uint8_t byte = 0;
    switch (field.type) {
      case FieldType::tag:
        return true;
      case FieldType::text:
        return take_text(field.text);
      case FieldType::integer:
        return take(field.integer);
      case FieldType::real:
        return take(field.real);
      case FieldType::boolean:
        if (!take(byte)) return false;
        field.boolean = byte != 0;
        return true;
    }
    return false;
  }
  template <typename Number>
  bool take(Number& number) noexcept {
    static_assert(std::is_arithmetic_v<Number>);
    if (bytes_.size() < sizeof number) return false;
    std::memcpy(&number, bytes_.data(), sizeof number);
    bytes_.remove_prefix(sizeof number);
    return true;
  }
  bool take_text(std::string_view& text) noexcept {
    std::uint16_t size;
    if (!take(size) || size > bytes_.size()) return false;
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }

  std::string_view bytes_;
};

}  // namespace dblog::base
