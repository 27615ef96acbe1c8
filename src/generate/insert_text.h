#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace syncline::generate {

/// Seconds since 1970-01-01 00:00:00 UTC.
using Seconds = int64_t;

/// The text of one multi-row INSERT, built in one buffer that is kept from packet to packet:
/// begin_row(), a value for each column, end_row(). One thread at a time.
class InsertText {
 public:
  /// `head`: "INSERT INTO t (a, b) VALUES".
  explicit InsertText(std::string_view head);

  InsertText& begin_row();
  void end_row();

  InsertText& null();
  InsertText& number(uint64_t value);
  /// `value` / 10^scale: 1250 with scale 2 is 12.50.
  InsertText& decimal(int64_t value, unsigned scale);
  /// Any text: quoted and escaped.
  InsertText& text(std::string_view value) { return open().part(value).close(); }
  /// A text in pieces: open(), any number of part(), close().
  InsertText& open();
  InsertText& part(std::string_view piece);
  InsertText& part(uint64_t piece);
  InsertText& close();
  InsertText& bytes(std::string_view value);
  InsertText& date(Seconds time);
  InsertText& date_time(Seconds time);
  InsertText& date_time_ms(int64_t milliseconds);
  /// A TIME, which may be above 24 hours: below 1000.
  InsertText& duration(Seconds length);

  uint64_t rows() const { return rows_; }
  size_t size() const { return text_.size(); }
  /// The statement so far. Valid until the next call of another function.
  std::string_view sql() const;
  /// Ready for the next statement with the same head.
  void clear();

 private:
  void two_digits(uint64_t value);
  void append_date(Seconds time);
  void append_clock(uint64_t seconds);

  size_t head_size_;
  std::string text_;
  uint64_t rows_ = 0;
};

}  // namespace syncline::generate
