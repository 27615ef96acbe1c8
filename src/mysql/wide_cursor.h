#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "document/ids.h"

namespace syncline::mysql {

/// What the column `cur` of a change-log row says: which documents the row is meant for, and how
/// far it has been widened.
struct WideCursor {
  std::string node;  ///< the only node of a plan through which the row leads (Route::node); empty:
                     ///< all of its table
  size_t hop = 0;
  std::optional<std::string> last;  ///< primary key of the referencing table; nothing: begin
};

std::string to_text(document::Generation generation, const WideCursor& cursor);

/// One of another generation names other nodes and hops: it says nothing, and the row leads to all
/// documents of its table.
WideCursor parse_wide_cursor(document::Generation generation, const std::string& text);

}  // namespace syncline::mysql
