#pragma once

#include <optional>
#include <string>

#include "document/type.h"
#include "generate/random.h"

namespace syncline::generate {

/// How values are drawn.
enum class ValueSpread {
  kNarrow,  ///< few ordinary values, which repeat, and the extremes of the type
  kWide     ///< repetitions are rare, and no zero dates: for keys and unique columns
};

/// A value that a column of the type can hold, as an SQL literal under the session's settings of
/// mysql::Connection (UTC, utf8mb4, strict); never NULL. Extremes are frequent: integer and DECIMAL
/// bounds, -0.0 and the largest doubles, empty and longest texts, trailing blanks, quotes, control
/// characters, characters of four bytes where the character set has them, dates at the bounds and
/// zero dates, times below zero and above 24 hours. Nothing for a type that no value is known of.
std::optional<std::string> churn_value(const document::ColumnType& type, ValueSpread spread,
                                       Random& random);

/// Labels of an ENUM or SET as declared: "enum('a','it''s')" has two.
unsigned label_count(std::string_view declared);

/// The largest value of an integer column.
uint64_t integer_max(const document::ColumnType& type);

}  // namespace syncline::generate
