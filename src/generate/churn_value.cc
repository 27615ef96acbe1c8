#include "generate/churn_value.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "mysql/connection.h"

namespace syncline::generate {
namespace {

using document::ColumnType;
using document::TypeKind;

// Longer values are made only where the type itself is longer, and then this long.
constexpr size_t kLongMax = 70'000;
constexpr size_t kWordMax = 24;

bool is_declared(const ColumnType& type, std::string_view word) {
  return type.declared.find(word) != std::string::npos;
}

template <size_t N>
std::string one_of(const std::array<std::string_view, N>& choices, Random& random) {
  return std::string(choices[random.below(N)]);
}

std::string digits(unsigned count, Random& random) {
  std::string text;
  for (unsigned i = 0; i < count; ++i) text += static_cast<char>('0' + random.below(10));
  return text;
}

std::string year(Random& random) {
  if (random.chance(10)) return "0";
  if (random.chance(10)) return "1901";
  if (random.chance(10)) return "2155";
  return fmt::format("{}", random.between(1970, 2069));
}

std::string integer(const ColumnType& type, ValueSpread spread, Random& random) {
  const uint64_t max = integer_max(type);
  const bool is_signed = type.kind == TypeKind::kInteger;
  const uint64_t bits = is_signed ? max * 2 + 1 : max;
  const auto text = [&](uint64_t magnitude, bool is_negative) {
    return fmt::format("{}{}", is_negative ? "-" : "", magnitude);
  };
  if (random.chance(4)) return text(max, false);
  if (random.chance(4)) return is_signed ? text(max + 1, true) : "0";
  if (random.chance(4)) return is_signed ? "-1" : text(max - 1, false);
  if (spread == ValueSpread::kNarrow && random.chance(70)) return text(random.below(31), false);
  if (random.chance(60)) return text(random.below(std::min<uint64_t>(max, 100'000) + 1), false);
  const uint64_t drawn = random.next() & bits;
  return drawn > max ? text(drawn - max, true) : text(drawn, false);
}

// "float(7,3)": the digits in all and behind the point; nothing for a plain FLOAT.
std::optional<std::pair<unsigned, unsigned>> display_digits(const ColumnType& type) {
  const size_t open = type.declared.find('(');
  const size_t comma = type.declared.find(',');
  if (open == std::string::npos || comma == std::string::npos) return std::nullopt;
  return std::pair(std::stoul(type.declared.substr(open + 1)),
                   std::stoul(type.declared.substr(comma + 1)));
}

// Of `precision` digits, `scale` of them behind the point.
std::string decimal(unsigned precision, unsigned scale, bool is_signed, Random& random) {
  const unsigned whole = precision - scale;
  std::string text;
  if (random.chance(8)) {
    text = std::string(whole, '9') + '.' + std::string(scale, '9');
  } else if (random.chance(8)) {
    text = "0";
  } else if (random.chance(70)) {
    text = digits(std::min(whole, 3u), random) + '.' + digits(std::min(scale, 2u), random);
  } else {
    text = digits(whole, random) + '.' + digits(scale, random);
  }
  if (text == ".") text = "0";
  if (text.front() == '.') text.insert(0, "0");
  if (text.back() == '.') text.pop_back();
  return is_signed && random.chance(30) ? "-" + text : text;
}

std::string floating(const ColumnType& type, Random& random) {
  static constexpr std::array<std::string_view, 6> kFloats = {
      "0e0", "3.402823466e38", "1.17549435e-38", "16777217e0", "0.1e0", "1.5e0"};
  static constexpr std::array<std::string_view, 7> kDoubles = {"0e0",
                                                               "1.7976931348623157e308",
                                                               "2.2250738585072014e-308",
                                                               "4.9406564584124654e-324",
                                                               "0.1e0",
                                                               "9007199254740993e0",
                                                               "1e15"};
  const bool is_signed = !is_declared(type, "unsigned");
  if (const auto shown = display_digits(type))
    return decimal(std::min(shown->first, type.kind == TypeKind::kFloat ? 6u : 15u),
                   std::min(shown->second, type.kind == TypeKind::kFloat ? 6u : 15u), is_signed,
                   random);
  std::string text;
  if (random.chance(30)) {
    text = type.kind == TypeKind::kFloat ? one_of(kFloats, random) : one_of(kDoubles, random);
  } else {
    text = fmt::format("{}.{}e{}", random.below(1000), digits(6, random), random.between(-3, 3));
  }
  return is_signed && random.chance(30) ? "-" + text : text;
}

// What characters a character set surely has.
struct Repertoire {
  std::vector<std::string_view> characters;
  uint32_t bytes_max;  // of one character, in the column
};

Repertoire repertoire(const ColumnType& type) {
  static constexpr std::array<std::string_view, 4> kFull = {"utf8mb4", "utf16", "utf16le", "utf32"};
  static constexpr std::array<std::string_view, 3> kBasic = {"utf8mb3", "utf8", "ucs2"};
  const auto is_in = [&](const auto& names) {
    return std::ranges::find(names, type.charset) != names.end();
  };
  if (is_in(kFull)) return {{"\U0001F600", "\U0001D11E", "\u4E2D", "\u00E9", "e\u0301", "x"}, 4};
  if (is_in(kBasic)) return {{"\u4E2D", "\u00E9", "\u0416", "\u20AC", "x"}, 4};
  if (type.charset == "latin1") return {{"\u00E9", "\u00DF", "\u00FC", "\u00C6", "x"}, 1};
  return {{"x", "Y", "7", "_"}, 4};
}

size_t characters_of(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string word(size_t length, Random& random) {
  static constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string text;
  while (text.size() < length) text += kLetters[random.below(kLetters.size())];
  return text;
}

// Of exactly this many characters.
std::string various(const Repertoire& known, size_t length, Random& random) {
  std::string text;
  for (size_t count = 0; count < length;) {
    const std::string_view next = known.characters[random.below(known.characters.size())];
    const size_t size = characters_of(next);  // a letter and its accent are two
    if (count + size > length) continue;
    text += next;
    count += size;
  }
  return text;
}

// Characters that a value may have: declared as characters for CHAR and VARCHAR, else as bytes.
size_t characters_max(const ColumnType& type, uint32_t bytes_max) {
  const bool is_counted = type.declared.starts_with("char") || type.declared.starts_with("varchar");
  return is_counted ? type.length : type.length / bytes_max;
}

std::string text_value(const ColumnType& type, ValueSpread spread, Random& random) {
  static constexpr std::array<std::string_view, 10> kOdd = {
      "O'Re\"il\\ly", "NULL", "\\N", "0123", "-0", "a|b:c,d", "\t\n", "%_*", "<&>", "{\"a\":1}"};
  const Repertoire known = repertoire(type);
  const size_t max = characters_max(type, known.bytes_max);
  const auto fitting = [max](std::string text) { return characters_of(text) <= max ? text : ""; };
  const unsigned drawn = static_cast<unsigned>(random.below(100));
  if (spread == ValueSpread::kNarrow || random.chance(30)) {
    if (drawn < 5) return "";
    if (drawn < 12) return fitting(one_of(kOdd, random));
    if (drawn < 16) return fitting(word(3, random) + "  ");
    if (drawn < 18) return fitting(std::string("n\0ul\x01", 5));
    const bool is_long = drawn < 21 && (max <= 1000 || random.chance(5));
    if (drawn < 32) {
      const size_t length = is_long ? max : std::min<size_t>(max, random.below(12));
      return various(known, std::min(length, kLongMax / 4), random);
    }
  }
  const size_t length = spread == ValueSpread::kWide ? kWordMax / 2 : random.below(kWordMax);
  return word(std::min(max, length), random);
}

std::string bytes_value(const ColumnType& type, ValueSpread spread, Random& random) {
  const size_t max = type.length;
  std::string bytes;
  if (spread == ValueSpread::kNarrow || random.chance(20)) {
    if (random.chance(5)) return "X''";
    if (random.chance(5)) return "X'" + hex(std::string(std::min<size_t>(max, 3), '\0')) + "'";
    if (random.chance(3)) {
      const size_t length = max <= 1000 || random.chance(5) ? std::min(max, kLongMax) : kWordMax;
      return "X'" + hex(std::string(std::min(max, length), '\xFF')) + "'";
    }
  }
  const size_t length = spread == ValueSpread::kWide ? 16 : random.below(kWordMax);
  while (bytes.size() < std::min(max, length)) bytes += static_cast<char>(random.below(256));
  return "X'" + hex(bytes) + "'";
}

std::string fraction(unsigned digit_count, bool is_highest, Random& random) {
  if (digit_count == 0) return "";
  return '.' + (is_highest ? std::string(digit_count, '9') : digits(digit_count, random));
}

std::string clock_text(Random& random) {
  return fmt::format("{:02}:{:02}:{:02}", random.below(24), random.below(60), random.below(60));
}

// No zero date in a key: no document can bear it.
std::string date_value(ValueSpread spread, Random& random) {
  static constexpr std::array<std::string_view, 6> kBounds = {
      "1000-01-01", "9999-12-31", "1970-01-01", "2024-02-29", "1900-03-01", "2000-02-29"};
  if (spread == ValueSpread::kNarrow && random.chance(4)) return "0000-00-00";
  if (random.chance(15)) return one_of(kBounds, random);
  return fmt::format("{:04}-{:02}-{:02}", random.between(1950, 2040), random.between(1, 12),
                     random.between(1, 28));
}

std::string date_time(const ColumnType& type, ValueSpread spread, Random& random) {
  if (spread == ValueSpread::kNarrow && random.chance(5)) return "0000-00-00 00:00:00";
  if (random.chance(5)) return "9999-12-31 23:59:59" + fraction(type.scale, true, random);
  return date_value(ValueSpread::kWide, random) + ' ' + clock_text(random) +
         fraction(type.scale, false, random);
}

std::string timestamp(const ColumnType& type, ValueSpread spread, Random& random) {
  if (spread == ValueSpread::kNarrow && random.chance(4)) return "0000-00-00 00:00:00";
  if (random.chance(4)) return "1970-01-01 00:00:01" + fraction(type.scale, false, random);
  if (random.chance(4)) return "2038-01-19 03:14:07";
  return fmt::format("{:04}-{:02}-{:02} ", random.between(1971, 2037), random.between(1, 12),
                     random.between(1, 28)) +
         clock_text(random) + fraction(type.scale, false, random);
}

std::string time_value(const ColumnType& type, Random& random) {
  const std::string sign = random.chance(30) ? "-" : "";
  if (random.chance(6)) return sign + "838:59:59";
  if (random.chance(6)) return "00:00:00";
  const int64_t hours = random.chance(20) ? random.between(24, 837) : random.between(0, 23);
  return fmt::format("{}{:02}:{:02}:{:02}", sign, hours, random.below(60), random.below(60)) +
         fraction(type.scale, false, random);
}

std::string json_scalar(Random& random) {
  static constexpr std::array<std::string_view, 14> kScalars = {"null",
                                                                "true",
                                                                "false",
                                                                "0",
                                                                "-1",
                                                                "18446744073709551615",
                                                                "-9223372036854775808",
                                                                "1.5",
                                                                "1e308",
                                                                R"("")",
                                                                R"("it's \"quoted\" \\ \n")",
                                                                "\"\U0001F600 \u00E9\"",
                                                                R"("\u0001\u00e9")",
                                                                R"("123")"};
  return random.chance(30) ? fmt::format("{}", random.below(1000)) : one_of(kScalars, random);
}

std::string json_text(unsigned depth, Random& random) {
  if (depth == 0 || random.chance(20)) return json_scalar(random);
  std::vector<std::string> parts;
  const bool is_array = random.chance(40);
  const size_t count = random.below(4);
  for (size_t i = 0; i < count; ++i) {
    const std::string key = i == 2 ? "\u00FC \U0001F600" : word(1 + random.below(6), random);
    const std::string value = json_text(depth - 1, random);
    parts.push_back(is_array ? value : fmt::format("\"{}{}\": {}", key, i, value));
  }
  return (is_array ? "[" : "{") + join(parts, ", ") + (is_array ? "]" : "}");
}

// Types that are not captured, but stand in tables that are.
std::optional<std::string> other(const ColumnType& type, Random& random) {
  const std::string_view word =
      std::string_view(type.declared).substr(0, type.declared.find_first_of("( "));
  const auto point = [&] { return fmt::format("{} {}", random.below(90), random.below(90)); };
  if (word == "point" || word == "geometry")
    return fmt::format("ST_GeomFromText('POINT({})')", point());
  if (word == "linestring")
    return fmt::format("ST_GeomFromText('LINESTRING(0 0, {}, 1 1)')", point());
  if (word == "polygon") return "ST_GeomFromText('POLYGON((0 0, 9 0, 9 9, 0 0))')";
  if (word == "uuid") return "UUID()";
  if (word == "inet6") return fmt::format("'::{}'", random.below(10'000));
  if (word == "inet4") return fmt::format("'10.0.0.{}'", random.below(256));
  return std::nullopt;
}

}  // namespace

uint64_t integer_max(const ColumnType& type) {
  const unsigned bits = type.length * 8 - (type.kind == TypeKind::kInteger ? 1 : 0);
  return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}

unsigned label_count(std::string_view declared) {
  unsigned quotes = 0;
  unsigned doubled = 0;
  for (size_t i = 0; i < declared.size(); ++i) {
    if (declared[i] != '\'') continue;
    ++quotes;
    const bool is_inside = quotes % 2 == 0;  // this one closes, unless another follows at once
    if (is_inside && declared.substr(i + 1, 1) == "'") ++doubled;
  }
  return quotes / 2 - doubled;
}

std::optional<std::string> churn_value(const ColumnType& type, ValueSpread spread, Random& random) {
  const auto quoted = [](const std::string& text) { return mysql::quote_text(text); };
  switch (type.kind) {
    case TypeKind::kInteger:
    case TypeKind::kUnsigned:
      return type.declared.starts_with("year") ? year(random) : integer(type, spread, random);
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return floating(type, random);
    case TypeKind::kDecimal:
      return decimal(type.length, type.scale, !is_declared(type, "unsigned"), random);
    case TypeKind::kText:
      return quoted(text_value(type, spread, random));
    case TypeKind::kBinary:
      return bytes_value(type, spread, random);
    case TypeKind::kBit: {
      const uint64_t max = type.length >= 64 ? ~uint64_t{0} : (uint64_t{1} << type.length) - 1;
      return fmt::format("{}", random.chance(20) ? max : random.next() & max);
    }
    case TypeKind::kDate:
      return quoted(date_value(spread, random));
    case TypeKind::kDateTime:
      return quoted(date_time(type, spread, random));
    case TypeKind::kTimestamp:
      return quoted(timestamp(type, spread, random));
    case TypeKind::kTime:
      return quoted(time_value(type, random));
    case TypeKind::kEnum:
      return fmt::format("{}", 1 + random.below(label_count(type.declared)));
    case TypeKind::kSet: {
      const unsigned labels = label_count(type.declared);
      const uint64_t all = labels >= 64 ? ~uint64_t{0} : (uint64_t{1} << labels) - 1;
      return fmt::format("{}", random.chance(10) ? all : random.next() & all);
    }
    case TypeKind::kJson:
      return quoted(json_text(3, random));
    case TypeKind::kUnsupported:
      return other(type, random);
  }
  return std::nullopt;
}

}  // namespace syncline::generate
