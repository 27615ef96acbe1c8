#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/options.h"
#include "document/plan.h"
#include "ports/database.h"
#include "ports/target.h"

namespace syncline::engine {

/// What installing gave: the numbers and names that everything after it works with.
struct Installed {
  std::vector<document::DocumentPlan> plans;
  document::Generation generation;
  ports::Identity identity;
};

/// Phases of an engine, in order; back to kStandby when the streaming lock is lost.
enum class Phase { kStarting, kStandby, kPreparing, kRunning, kStopping };
std::string_view to_string(Phase phase);

/// The main job: waits for the streaming lock, installs what is missing, loads what was never
/// loaded, follows the change log, verifies continuously at a bounded rate, tends the targets,
/// publishes its status (State "status", JSON, each second). Survives MySQL and stores going away
/// and coming back. run() is called by one thread.
class Engine {
 public:
  struct Parts {
    ports::Database& database;
    /// Reads the schema, resolves the documents and installs capture; called by the holder of the
    /// streaming lock only.
    std::function<Result<Installed>()> install;
    std::function<std::vector<std::unique_ptr<ports::TargetConnector>>(const ports::Identity&)>
        connect;
    const config::Options& options;
    Clock& clock;
    bool adopt = false;
    bool verify_continuously = true;  ///< `stream` does without
    bool load = true;                 ///< `stream` does without
    /// Called each second with the status JSON (engine/status.h); for the terminal.
    std::function<void(const std::string&)> on_status;
  };
  explicit Engine(Parts parts);
  ~Engine();

  /// Runs until stopped (ok), or until going on would be wrong: kConflict (a newer generation,
  /// another server, a foreign store), kInvalid, kCorrupt.
  Result<void> run(std::stop_token stop);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace syncline::engine
