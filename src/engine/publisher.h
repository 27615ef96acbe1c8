#pragma once

#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include "engine/loader.h"
#include "engine/status.h"
#include "engine/tender.h"
#include "ports/database.h"
#include "refresh/load_table.h"
#include "refresh/settlement.h"
#include "stream/streamer.h"

namespace syncline::engine {

/// Publishes each second what the engine is doing (State "status", and a callback). One thread at a
/// time.
class Publisher {
 public:
  struct Parts {
    ports::Database& database;
    std::span<const document::DocumentPlan> plans;
    const refresh::TargetSet& targets;
    const refresh::LoadTable& loads;
    const refresh::Counters& counters;
    const stream::Streamer& streamer;
    const Loader& loader;
    const Tender& tender;
    Clock& clock;
    const std::function<void(const std::string&)>& on_status;
  };
  explicit Publisher(const Parts& parts);

  /// Until stopped. A MySQL that is away is only not told.
  Result<void> run(std::stop_token stop);

  /// One last time, on the way out.
  void publish(const std::string& phase);

 private:
  using Place = std::pair<document::DocumentName, document::TargetName>;
  struct Verdict {
    std::string text;
    std::string at;
  };

  Status status_of(const std::string& phase);
  Result<void> look_up();

  const Parts parts_;
  const std::unique_ptr<ports::State> state_;
  std::map<Place, uint64_t> owed_;
  std::map<Place, Verdict> verdicts_;
  std::map<document::TargetName, std::string>
      losses_;  // when each was last found to have forgotten
  BootTime next_look_up_{};
  BootTime last_at_{};
  uint64_t last_documents_ = 0;
};

}  // namespace syncline::engine
