#pragma once

#include <algorithm>
#include <span>
#include <string>

namespace syncline::ports {

enum class Level {
  kError,    ///< `run` would stop or be wrong
  kWarning,  ///< it runs, and something of what it promises is not there
  kNote,     ///< worth knowing
};

/// What a preflight found, and what mends it.
struct Finding {
  Level level = Level::kNote;
  std::string subject;  ///< "documents", "mysql", "rights", "redis", a table
  std::string what;
  std::string cure;  ///< empty: there is nothing to do
};

inline bool has_errors(std::span<const Finding> findings) {
  return std::ranges::any_of(findings,
                             [](const Finding& finding) { return finding.level == Level::kError; });
}

}  // namespace syncline::ports
