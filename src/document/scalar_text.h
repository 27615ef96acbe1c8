#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "document/record.h"
#include "document/type.h"

namespace syncline::document {

/// A scalar (not NULL, not nested) as MySQL prints it, so that the text reads back to the same
/// value: integers, shortest round-trip FLOAT and DOUBLE, DECIMAL digits, 'YYYY-MM-DD', 'YYYY-MM-DD
/// hh:mm:ss[.ffffff]' with exactly `scale` fractional digits (TIMESTAMP in UTC),
/// '[-]hh:mm:ss[.ffffff]'. Text, JSON, ENUM, SET as they are. kBinary and kBit: the raw bytes.
std::string scalar_text(const ColumnType& type, const Value& value);

/// Appends the same text to `out` without a temporary.
void append_scalar_text(const ColumnType& type, const Value& value, std::string& out);

/// Calendar helpers shared by the adapters. Days since 1970-01-01 of a proleptic Gregorian date
/// (Howard Hinnant's days_from_civil); years 0..9999.
int64_t days_from_civil(int year, unsigned month, unsigned day);

/// Appends "YYYY-MM-DD" for the days since 1970-01-01.
void append_date(int64_t days, std::string& out);

/// Appends "YYYY-MM-DD hh:mm:ss[.f]" with `fraction_digits` digits; `separator` between date and
/// time is ' ' or 'T'.
void append_datetime(int64_t microseconds, int fraction_digits, char separator, std::string& out);

/// "YYYY-MM-DD hh:mm:ss", UTC.
std::string datetime_text(WallTime time);

/// Appends "[-]hh:mm:ss[.f]".
void append_time(int64_t microseconds, int fraction_digits, std::string& out);

}  // namespace syncline::document
