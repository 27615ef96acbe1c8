#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "document/key.h"

namespace syncline::mysql {

/// SQL that builds the canonical text (document/key.h) of the layout's columns. `row` qualifies
/// them: "NEW", "OLD" or a table alias (quoted by this function where needed). Independent of the
/// session's time zone and character set.
std::string encoding_sql(const document::KeyLayout& layout, std::string_view row);

/// The same of values that are not all columns of one row.
std::string encoding_sql(const document::KeyLayout& layout,
                         const std::function<std::string(const std::string& column)>& value_of);

/// `column` of `row` ("NEW", "OLD" or a table alias), quoted.
std::string qualified(std::string_view row, std::string_view column);

/// An SQL literal or expression for one decoded key component, so that comparing the column with it
/// uses the column's index: text in the column's own character set and collation, TIMESTAMP by
/// FROM_UNIXTIME (the session is in UTC), binary as x'..'.
std::string literal_sql(const document::KeyColumn& column, const document::Value& value);

}  // namespace syncline::mysql
