#pragma once

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

}  // namespace syncline::ports
