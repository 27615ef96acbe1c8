#include "generate/insert_text.h"

#include <charconv>

namespace syncline::generate {
namespace {

constexpr Seconds kDay = 86400;
constexpr char kHexDigits[] = "0123456789ABCDEF";

struct CivilDate {
  int64_t year;
  unsigned month;
  unsigned day;
};

// Days since 1970 to year, month, day in the proleptic Gregorian calendar: years are counted from
// March, so that the leap day is the last of its year. Here never before 1900.
CivilDate civil_date(int64_t days) {
  const int64_t z = days + 719468;  // since 0000-03-01
  const int64_t era = z / 146097;
  const int64_t day_of_era = z % 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<unsigned>(day_of_year - (153 * march_month + 2) / 5 + 1);
  const auto month = static_cast<unsigned>(march_month < 10 ? march_month + 3 : march_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int64_t floor_days(Seconds time) { return (time >= 0 ? time : time - kDay + 1) / kDay; }

}  // namespace

InsertText::InsertText(std::string_view head) : head_size_(head.size()), text_(head) {}

InsertText& InsertText::begin_row() {
  text_ += '(';
  return *this;
}

// Every value ends with a comma; the row's last one becomes the parenthesis.
void InsertText::end_row() {
  text_.back() = ')';
  text_ += ',';
  ++rows_;
}

InsertText& InsertText::null() {
  text_ += "NULL,";
  return *this;
}

InsertText& InsertText::number(uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text_.append(digits, end);
  text_ += ',';
  return *this;
}

InsertText& InsertText::decimal(int64_t value, unsigned scale) {
  if (value < 0) text_ += '-';
  const uint64_t magnitude =
      value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, magnitude).ptr;
  const auto length = static_cast<size_t>(end - digits);
  if (length <= scale) {
    text_ += "0.";
    text_.append(scale - length, '0').append(digits, length);
  } else {
    text_.append(digits, length - scale) += '.';
    text_.append(digits + length - scale, scale);
  }
  text_ += ',';
  return *this;
}

InsertText& InsertText::open() {
  text_ += '\'';
  return *this;
}

InsertText& InsertText::part(std::string_view piece) {
  for (const char c : piece) {
    if (c == '\'' || c == '\\') text_ += '\\';
    if (c == '\0') {
      text_ += "\\0";
    } else {
      text_ += c;
    }
  }
  return *this;
}

InsertText& InsertText::part(uint64_t piece) {
  number(piece);
  text_.pop_back();
  return *this;
}

InsertText& InsertText::close() {
  text_ += "',";
  return *this;
}

InsertText& InsertText::bytes(std::string_view value) {
  text_ += "X'";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    text_ += kHexDigits[byte >> 4];
    text_ += kHexDigits[byte & 15];
  }
  text_ += "',";
  return *this;
}

InsertText& InsertText::date(Seconds time) {
  text_ += '\'';
  append_date(time);
  text_ += "',";
  return *this;
}

InsertText& InsertText::date_time(Seconds time) {
  text_ += '\'';
  append_date(time);
  text_ += ' ';
  append_clock(static_cast<uint64_t>(time - floor_days(time) * kDay));
  text_ += "',";
  return *this;
}

InsertText& InsertText::date_time_ms(int64_t milliseconds) {
  date_time(milliseconds / 1000);
  text_.resize(text_.size() - 2);
  const auto fraction = static_cast<uint64_t>(milliseconds % 1000);
  text_ += '.';
  text_ += static_cast<char>('0' + fraction / 100);
  two_digits(fraction % 100);
  text_ += "',";
  return *this;
}

InsertText& InsertText::duration(Seconds length) {
  text_ += '\'';
  append_clock(static_cast<uint64_t>(length));
  text_ += "',";
  return *this;
}

std::string_view InsertText::sql() const { return {text_.data(), text_.size() - 1}; }

void InsertText::clear() {
  text_.resize(head_size_);
  rows_ = 0;
}

void InsertText::two_digits(uint64_t value) {
  text_ += static_cast<char>('0' + value / 10);
  text_ += static_cast<char>('0' + value % 10);
}

void InsertText::append_date(Seconds time) {
  const CivilDate date = civil_date(floor_days(time));
  two_digits(static_cast<uint64_t>(date.year / 100));
  two_digits(static_cast<uint64_t>(date.year % 100));
  text_ += '-';
  two_digits(date.month);
  text_ += '-';
  two_digits(date.day);
}

void InsertText::append_clock(uint64_t seconds) {
  const uint64_t hours = seconds / 3600;
  if (hours >= 100) text_ += static_cast<char>('0' + hours / 100);
  two_digits(hours % 100);
  text_ += ':';
  two_digits(seconds / 60 % 60);
  text_ += ':';
  two_digits(seconds % 60);
}

}  // namespace syncline::generate
