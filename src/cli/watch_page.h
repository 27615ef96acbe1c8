#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/screen.h"
#include "engine/status.h"

namespace syncline::cli {

/// What one look at a pipeline found.
struct Sighting {
  std::string pipeline;
  std::optional<engine::Status>
      status;               ///< the last that could be read, perhaps at an earlier look
  std::string json;         ///< its text
  bool is_running = false;  ///< the engine that published it still publishes
  std::string trouble;      ///< why nothing could be read now; a sentence; empty: it could
  /// The status is of now, not an engine's last word.
  bool is_current() const { return is_running && trouble.empty(); }

  std::map<std::string, uint64_t> rows;  ///< of document types, as MySQL's statistics have them
};

/// A moment of the past for the small history; nothing is known of moments without an engine.
struct Sample {
  bool is_known = false;
  double rate = 0;
  double lag_seconds = 0;
};

/// All that the page of `status --watch` shows.
struct WatchView {
  Sighting sighting;
  double trouble_seconds = 0;   ///< for how long there has been trouble
  uint64_t now_us = 0;          ///< microseconds since 1970
  std::vector<Sample> history;  ///< oldest first
  double sample_seconds = 1;    ///< between two of them
  bool is_utf8 = true;
};

/// The page as lines that fit the window. What needs attention is never the first to be cut.
std::vector<std::string> watch_page(const WatchView& view, Extent extent);

}  // namespace syncline::cli
