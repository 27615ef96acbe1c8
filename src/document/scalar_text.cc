#include "document/scalar_text.h"

#include <charconv>

namespace syncline::document {

namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

template <typename Number>
void append_number(Number number, std::string& out) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_padded(uint64_t number, int width, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const int length = static_cast<int>(end - digits);
  if (length < width) out.append(width - length, '0');
  out.append(digits, end);
}

/// to_chars writes 1e+20 and 1e-05; the server writes 1e20 and 1e-5.
template <typename Real>
void append_real(Real number, std::string& out) {
  const size_t begin = out.size();
  append_number(number, out);
  size_t exponent = out.find('e', begin);
  if (exponent == std::string::npos) return;
  if (out[++exponent] == '+')
    out.erase(exponent, 1);
  else
    ++exponent;
  while (out[exponent] == '0' && exponent + 1 < out.size()) out.erase(exponent, 1);
}

void append_fraction(int64_t microseconds, int digits, std::string& out) {
  if (digits == 0) return;
  out += '.';
  const size_t begin = out.size();
  append_padded(microseconds, 6, out);
  out.resize(begin + digits);
}

void append_clock(int64_t microseconds, int fraction_digits, std::string& out) {
  const int64_t seconds = microseconds / kMicrosPerSecond;
  append_padded(seconds / 3600, 2, out);
  out += ':';
  append_padded(seconds / 60 % 60, 2, out);
  out += ':';
  append_padded(seconds % 60, 2, out);
  append_fraction(microseconds % kMicrosPerSecond, fraction_digits, out);
}

}  // namespace

int64_t days_from_civil(int year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<int64_t>(day_of_era) - 719'468;
}

void append_date(int64_t days, std::string& out) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  append_padded(year_of_era + era * 400 + (month <= 2), 4, out);
  out += '-';
  append_padded(month, 2, out);
  out += '-';
  append_padded(day_of_year - (153 * shifted_month + 2) / 5 + 1, 2, out);
}

void append_datetime(int64_t microseconds, int fraction_digits, char separator, std::string& out) {
  int64_t days = microseconds / kMicrosPerDay;
  if (microseconds % kMicrosPerDay < 0) --days;
  append_date(days, out);
  out += separator;
  append_clock(microseconds - days * kMicrosPerDay, fraction_digits, out);
}

void append_time(int64_t microseconds, int fraction_digits, std::string& out) {
  if (microseconds < 0) out += '-';
  append_clock(microseconds < 0 ? -microseconds : microseconds, fraction_digits, out);
}

void append_scalar_text(const ColumnType& type, const Value& value, std::string& out) {
  switch (type.kind) {
    case TypeKind::kInteger:
      return append_number(std::get<int64_t>(value), out);
    case TypeKind::kUnsigned:  // YEAR 0 is printed as 0000
      return append_padded(std::get<uint64_t>(value), type.declared.starts_with("year") ? 4 : 1,
                           out);
    case TypeKind::kFloat:
      return append_real(std::get<float>(value), out);
    case TypeKind::kDouble:
      return append_real(std::get<double>(value), out);
    case TypeKind::kDate:
      return append_date(std::get<int64_t>(value), out);
    case TypeKind::kDateTime:
    case TypeKind::kTimestamp:
      return append_datetime(std::get<int64_t>(value), type.scale, ' ', out);
    case TypeKind::kTime:
      return append_time(std::get<int64_t>(value), type.scale, out);
    case TypeKind::kDecimal:
    case TypeKind::kText:
    case TypeKind::kBinary:
    case TypeKind::kBit:
    case TypeKind::kEnum:
    case TypeKind::kSet:
    case TypeKind::kJson:
    case TypeKind::kUnsupported:
      out += std::get<std::string>(value);
  }
}

std::string datetime_text(WallTime time) {
  using std::chrono::microseconds;
  std::string out;
  append_datetime(std::chrono::floor<microseconds>(time.time_since_epoch()).count(), 0, ' ', out);
  return out;
}

std::string scalar_text(const ColumnType& type, const Value& value) {
  std::string out;
  append_scalar_text(type, value, out);
  return out;
}

}  // namespace syncline::document
