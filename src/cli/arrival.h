#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/database.h"

namespace syncline::cli {

/// Whether everything up to a revision has arrived in every store, and what is in the way.
struct Arrival {
  bool is_there = false;
  document::Revision watermark;
  std::vector<std::string>
      obstacles;  ///< loads that are not finished, owed keys, a watermark that does not move
};

/// Opens a numbered view and closes it: everything committed before the call is below its revision.
Result<document::Revision> newest_view(ports::Database& database);

/// Looks a few times a second until everything up to `revision` is there and every one of `loads`
/// (their document and target) is loaded, or the time is over. Needs an engine that streams.
Result<Arrival> await_revision(ports::Database& database, Clock& clock, document::Revision revision,
                               std::span<const ports::Load> loads, std::chrono::seconds timeout,
                               std::stop_token stop,
                               const std::function<void(const Arrival&)>& on_look);

}  // namespace syncline::cli
