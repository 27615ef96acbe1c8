#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "engine/engine.h"
#include "engine/loader.h"
#include "engine/publisher.h"
#include "engine/tender.h"
#include "verify/verifier.h"

namespace syncline::engine {

/// What an engine works with and does while it holds the streaming lock. One thread calls; run()
/// starts the others.
class Tenure {
 public:
  /// Connects each target once and reads how far loads are. A target that is away is tolerated.
  /// kTransient: MySQL is away, nothing has begun. `parts` outlives it.
  static Result<std::unique_ptr<Tenure>> prepare(const Engine::Parts& parts, Installed installed);

  /// Loads, streams, verifies, tends and publishes until stopped, or until going on would be wrong.
  Result<void> run(std::stop_token stop);

  /// Publishes that this engine ends. For the holder of the lock only.
  void say_last_word();

 private:
  Tenure(const Engine::Parts& parts, Installed installed);
  refresh::Parts refresh_parts();
  Result<void> connect_targets();
  Result<void> read_loads();
  Result<void> verify(std::stop_token stop);

  const Engine::Parts& parts_;
  const Installed installed_;
  const std::vector<std::unique_ptr<ports::TargetConnector>> connectors_;
  refresh::TargetSet targets_;
  refresh::LoadTable loads_;
  refresh::Counters counters_;
  stream::Streamer streamer_;
  Loader loader_;
  Tender tender_;
  verify::Verifier verifier_;
  Publisher publisher_;
};

}  // namespace syncline::engine
