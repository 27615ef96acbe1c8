#pragma once

#include <string>

#include "engine/status.h"

namespace syncline::cli {

/// One line for a terminal: "running  lag 0.0 s  512 docs/s  loaded 8 of 8  owed 0  all verified".
std::string status_line(const engine::Status& status);

/// Several lines: the engine, the targets, and a table of the document types.
std::string status_page(const engine::Status& status, bool is_fresh);

}  // namespace syncline::cli
