#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "redis/connection.h"

namespace syncline::redis {

/// A step over the database's keys, in Redis' own order. A key that exists all the while is met at
/// least once.
struct ScanPage {
  std::vector<std::string> keys;
  std::string cursor;  ///< empty: that was the last one
};

/// SCAN: begin with an empty cursor. An empty pattern is all keys. Looks at about `count` keys,
/// whether they match or not.
Result<ScanPage> scan(Connection& connection, const std::string& cursor, std::string_view pattern,
                      size_t count);

}  // namespace syncline::redis
