#pragma once

#include <chrono>
#include <stop_token>

#include "cli/command.h"

namespace syncline::cli {

/// `status --watch`: a view of the whole window on a terminal, a line each interval otherwise (with
/// --json an object). Until q, a stop, or until nobody reads stdout any more; goes on when no
/// engine runs and when MySQL is away. Returns an exit code.
int watch_status(const Common& common, std::chrono::seconds interval, std::stop_token stop);

}  // namespace syncline::cli
