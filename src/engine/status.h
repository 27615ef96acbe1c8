#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "document/ids.h"

namespace syncline::engine {

/// One document type in one target.
struct DocumentStatus {
  std::string document;
  std::string target;
  std::string phase;     ///< "waiting", "loading", "cleaning", "loaded"
  uint64_t records = 0;  ///< in the target, approximate
  uint64_t owed = 0;
  std::string
      verdict;  ///< of the last verification: "verified", "3 faults", "2 unverified"; empty: never
  std::string verified_at;  ///< "YYYY-MM-DD hh:mm:ss"; empty: never
};

struct TargetStatus {
  std::string target;
  bool is_up = true;
  std::string reason;
  double away_seconds = 0;  ///< for how long; 0 while up
  std::string lost_at;      ///< when it was last found to have lost what it had acknowledged,
                            ///< "YYYY-MM-DD hh:mm:ss"; empty: never
};

/// The load that is under way.
struct LoadStatus {
  std::string document;    ///< empty: none is
  uint64_t documents = 0;  ///< refreshed by this run of it
  bool is_cleaning = false;
};

/// What an engine publishes once a second, and what `syncline status` shows.
struct Status {
  std::string phase;  ///< Phase as text
  std::string host;
  int pid = 0;
  uint64_t published_us = 0;  ///< microseconds since 1970, by this machine's clock
  double lag_seconds = 0;
  double documents_per_second = 0;
  uint64_t documents = 0;  ///< refreshed since the engine started
  uint64_t watermark = 0;  ///< revision; 0: none yet
  uint64_t wide_rows = 0;
  std::string held_up_by;
  LoadStatus load;
  std::vector<TargetStatus> targets;
  std::vector<DocumentStatus> documents_by_target;
};

std::string to_json(const Status& status);
Result<Status> status_from_json(const std::string& text);

}  // namespace syncline::engine
