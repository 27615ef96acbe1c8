#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document/key.h"

namespace syncline::mysql {

using KeyValues = std::vector<document::Value>;

/// Conditions on key or link columns that walk an index beginning with them, whatever the columns'
/// character sets. `row`: table alias. MySQL compares: collations apply.

/// The columns' values are one of `keys`. FALSE for no keys; a key with a NULL matches nothing.
std::string one_of_sql(const document::KeyLayout& layout, std::string_view row,
                       std::span<const KeyValues> keys);

enum class Side { kAbove, kUpTo };

/// The columns are above `bound`, or up to and including it, in the index's order (ENUM and SET: by
/// ordinal).
std::string bound_sql(const document::KeyLayout& layout, std::string_view row, Side side,
                      const KeyValues& bound);

/// "row.`a`, row.`b`".
std::string columns_sql(const document::KeyLayout& layout, std::string_view row);

}  // namespace syncline::mysql
