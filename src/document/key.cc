#include "document/key.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/text.h"
#include "document/scalar_text.h"

namespace syncline::document {

namespace {

constexpr std::string_view kNull = "\\N";

void append_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == '\\' || c == '|') out += '\\';
    out += c;
  }
}

/// UNIX_TIMESTAMP prints a TIMESTAMP(n) as seconds with n digits.
void append_unix_time(int64_t microseconds, int fraction_digits, std::string& out) {
  out += std::to_string(microseconds / 1'000'000);
  if (fraction_digits == 0) return;
  const std::string fraction = std::to_string(1'000'000 + microseconds % 1'000'000);
  out += '.';
  out.append(fraction, 1, fraction_digits);
}

/// The server fills DECIMAL ZEROFILL with zeros; keys do not.
std::string_view without_zero_fill(std::string_view digits) {
  while (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') digits.remove_prefix(1);
  return digits;
}

// --- reading back -------------------------------------------------------------------------------

/// Reads fixed forms from the left. Any failure sticks.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool take(char c) {
    const bool is_there = rest_.starts_with(c);
    if (is_there) rest_.remove_prefix(1);
    return is_there;
  }
  void expect(char c) { is_good_ = take(c) && is_good_; }

  /// Decimal digits, at least `width_min` of them and, unless 0, at most `width_max`.
  int64_t digits(size_t width_min, size_t width_max) {
    size_t width = 0;
    while (width < rest_.size() && rest_[width] >= '0' && rest_[width] <= '9' &&
           (width_max == 0 || width < width_max))
      ++width;
    int64_t number = 0;
    const auto parsed = std::from_chars(rest_.data(), rest_.data() + width, number);
    is_good_ = is_good_ && width >= width_min && parsed.ec == std::errc();
    rest_.remove_prefix(width);
    return number;
  }

  /// ".ffffff" with exactly `width` digits, as microseconds; nothing is read for width 0.
  int64_t fraction(size_t width) {
    if (width == 0) return 0;
    expect('.');
    int64_t number = digits(width, width);
    for (size_t i = width; i < 6; ++i) number *= 10;
    return number;
  }

  int64_t date() {
    const int64_t year = digits(4, 4);
    expect('-');
    const int64_t month = digits(2, 2);
    expect('-');
    const int64_t day = digits(2, 2);
    return days_from_civil(static_cast<int>(year), static_cast<unsigned>(month),
                           static_cast<unsigned>(day));
  }

  /// "hh:mm:ss[.f]" as microseconds.
  int64_t clock(size_t hour_digits_max, size_t fraction_digits) {
    const int64_t hours = digits(2, hour_digits_max);
    expect(':');
    const int64_t minutes = digits(2, 2);
    expect(':');
    const int64_t seconds = digits(2, 2);
    return ((hours * 60 + minutes) * 60 + seconds) * 1'000'000 + fraction(fraction_digits);
  }

  bool is_done() const { return is_good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

template <typename Integer>
std::optional<Value> parse_integer(std::string_view text) {
  Integer number{};
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  // Only one text is canonical for a number: no leading zeros, no -0.
  if (parsed.ec != std::errc() || parsed.ptr != end || std::to_string(number) != text)
    return std::nullopt;
  return number;
}

std::optional<Value> parse_decimal(std::string_view text) {
  Reader reader(text);
  const bool is_negative = reader.take('-');
  const std::string_view digits = text.substr(is_negative ? 1 : 0);
  const size_t point = std::min(digits.find('.'), digits.size());
  const auto are_digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!are_digits(digits.substr(0, point)) || without_zero_fill(digits) != digits)
    return std::nullopt;
  if (point < digits.size() && !are_digits(digits.substr(point + 1))) return std::nullopt;
  return std::string(text);
}

std::optional<Value> parse_temporal(const ColumnType& type, std::string_view text) {
  Reader reader(text);
  int64_t value = 0;
  if (type.kind == TypeKind::kTimestamp) {
    value = reader.digits(1, 12) * 1'000'000;
    value += reader.fraction(type.scale);
  } else if (type.kind == TypeKind::kTime) {
    const bool is_negative = reader.take('-');
    value = reader.clock(3, type.scale);
    if (is_negative) value = -value;
  } else {
    value = reader.date();
    if (type.kind == TypeKind::kDateTime) {
      reader.expect(' ');
      value = value * 86'400'000'000 + reader.clock(2, type.scale);
    }
  }
  // Only one text is canonical for a value: no 30 February, no 25 h, no -00:00:00.
  if (!reader.is_done() || key_component(type, value) != text) return std::nullopt;
  return value;
}

std::optional<Value> parse_component(const ColumnType& type, const std::string& text) {
  switch (type.kind) {
    case TypeKind::kInteger:
      return parse_integer<int64_t>(text);
    case TypeKind::kUnsigned:
      return parse_integer<uint64_t>(text);
    case TypeKind::kDecimal:
      return parse_decimal(text);
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTime:
      return parse_temporal(type, text);
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kSet:
      if (!is_utf8(text)) return std::nullopt;
      return text;
    case TypeKind::kBinary:
    case TypeKind::kBit: {
      auto bytes = unhex(text);
      if (!bytes || hex(*bytes) != text) return std::nullopt;
      return std::move(*bytes);
    }
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kJson:
    case TypeKind::kUnsupported:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string key_component(const ColumnType& type, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return "NULL";
  std::string out;
  switch (type.kind) {
    case TypeKind::kUnsigned:  // YEAR 0 is 0, not the server's 0000
      return std::to_string(std::get<uint64_t>(value));
    case TypeKind::kBinary:
    case TypeKind::kBit:
      return hex(std::get<std::string>(value));
    case TypeKind::kTimestamp:
      append_unix_time(std::get<int64_t>(value), type.scale, out);
      return out;
    case TypeKind::kDecimal:
      return std::string(without_zero_fill(std::get<std::string>(value)));
    default:
      append_scalar_text(type, value, out);
      return out;
  }
}

std::string encode_key(const KeyLayout& layout, std::span<const Value> values) {
  CHECK(layout.size() == values.size());
  std::string out;
  for (size_t i = 0; i < layout.size(); ++i) {
    if (i > 0) out += '|';
    if (std::holds_alternative<std::monostate>(values[i])) {
      out += kNull;
    } else {
      append_escaped(key_component(layout[i].type, values[i]), out);
    }
  }
  return out;
}

Result<std::vector<std::optional<std::string>>> split_key(std::string_view text, size_t count) {
  const auto broken = [&](std::string_view why) {
    return corrupt("key \"" + std::string(text) + "\" is not canonical: " + std::string(why));
  };
  std::vector<std::optional<std::string>> components;
  if (count == 0 && text.empty()) return components;
  std::string component;
  bool is_null = false;
  const auto finish = [&] {
    components.push_back(is_null ? std::nullopt : std::optional(std::move(component)));
    component.clear();
    is_null = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '|') {
      finish();
    } else if (is_null) {
      return broken("text after \\N");
    } else if (text[i] != '\\') {
      component += text[i];
    } else if (++i < text.size() && (text[i] == '\\' || text[i] == '|')) {
      component += text[i];
    } else if (i < text.size() && text[i] == 'N' && component.empty()) {
      is_null = true;
    } else {
      return broken("a stray \\");
    }
  }
  finish();
  if (components.size() != count)
    return broken("it has " + std::to_string(components.size()) + " components, not " +
                  std::to_string(count));
  return components;
}

Result<std::vector<Value>> decode_key(const KeyLayout& layout, std::string_view text) {
  const auto components = TRY(split_key(text, layout.size()));
  std::vector<Value> values;
  values.reserve(layout.size());
  for (size_t i = 0; i < layout.size(); ++i) {
    if (!components[i]) {
      values.emplace_back();
      continue;
    }
    auto value = parse_component(layout[i].type, *components[i]);
    if (!value)
      return corrupt("key \"" + std::string(text) + "\" does not fit: \"" + *components[i] +
                     "\" is no value of " + layout[i].name + " (" + layout[i].type.declared + ")");
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace syncline::document
