#include "engine/engine.h"

#include <algorithm>

#include "base/log.h"
#include "engine/heartbeat.h"
#include "engine/status.h"
#include "engine/tenure.h"

namespace syncline::engine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStandbyPoll{500};
constexpr milliseconds kRetryPauseMin{500};
constexpr milliseconds kRetryPauseMax{10000};

Error stopped() { return cancelled("the engine was stopped"); }

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kStarting:
      return "starting";
    case Phase::kStandby:
      return "standby";
    case Phase::kPreparing:
      return "preparing";
    case Phase::kRunning:
      return "running";
    case Phase::kStopping:
      return "stopping";
  }
  return "";
}

struct Engine::Rep {
  explicit Rep(Parts p) : parts(std::move(p)) {}

  Result<void> run(const std::stop_token& stop);
  Result<Phase> step(const std::stop_token& stop);
  Result<std::unique_ptr<ports::Leadership>> stand_by(const std::stop_token& stop);
  Result<std::unique_ptr<Tenure>> prepare(const std::stop_token& stop);
  void show() const;

  const Parts parts;
  Phase phase = Phase::kStarting;
  std::unique_ptr<Heartbeat> heartbeat;
  std::unique_ptr<Tenure> tenure;  // ends before the heartbeat
};

Engine::Engine(Parts parts) : rep_(std::make_unique<Rep>(std::move(parts))) {}
Engine::~Engine() = default;

Result<void> Engine::run(std::stop_token stop) { return rep_->run(stop); }

Result<void> Engine::Rep::run(const std::stop_token& stop) {
  Result<void> outcome;
  while (phase != Phase::kStopping) {
    auto next = step(stop);
    if (heartbeat && heartbeat->is_lost() && !stop.stop_requested() &&
        (next.ok() || next.error().kind() == ErrorKind::kCancelled)) {
      next = Phase::kStandby;
    }
    if (!next.ok() && next.error().kind() != ErrorKind::kCancelled) outcome = next.error();
    phase = next.ok() ? *next : Phase::kStopping;
    if (phase == Phase::kStandby || phase == Phase::kStopping) {
      tenure.reset();
      heartbeat.reset();
    }
  }
  phase = Phase::kStarting;
  return outcome;
}

/// Does what the phase demands, and says which one follows.
Result<Phase> Engine::Rep::step(const std::stop_token& stop) {
  switch (phase) {
    case Phase::kStarting:
      return Phase::kStandby;
    case Phase::kStandby:
      heartbeat = std::make_unique<Heartbeat>(TRY(stand_by(stop)), parts.clock, stop);
      return Phase::kPreparing;
    case Phase::kPreparing:
      show();
      tenure = TRY(prepare(heartbeat->token()));
      return Phase::kRunning;
    case Phase::kRunning: {
      const auto ended = tenure->run(heartbeat->token());
      if (!heartbeat->is_lost()) tenure->say_last_word();
      return ended.ok() ? Result<Phase>(Phase::kStopping) : ended.error();
    }
    case Phase::kStopping:
      break;
  }
  return Phase::kStopping;
}

/// Waits until the streaming lock is ours.
Result<std::unique_ptr<ports::Leadership>> Engine::Rep::stand_by(const std::stop_token& stop) {
  auto leadership = parts.database.leadership();
  std::string said;
  while (!stop.stop_requested()) {
    const auto taken = leadership->try_take();
    if (taken.ok() && *taken) return leadership;
    if (!taken.ok() && !taken.error().is_transient()) return taken.error();
    const std::string why =
        taken.ok() ? "another engine streams this pipeline; standing by" : taken.error().text();
    if (why != said) log_info("{}", why);
    said = why;
    show();
    parts.clock.sleep(kStandbyPoll, stop);
  }
  return stopped();
}

/// `stop` is requested when the lock is lost too: nothing is installed without it.
Result<std::unique_ptr<Tenure>> Engine::Rep::prepare(const std::stop_token& stop) {
  milliseconds pause = kRetryPauseMin;
  const auto attempt = [&]() -> Result<std::unique_ptr<Tenure>> {
    auto installed = TRY(parts.install());
    return Tenure::prepare(parts, std::move(installed));
  };
  while (!stop.stop_requested()) {
    auto prepared = attempt();
    if (prepared.ok() || !prepared.error().is_transient()) return prepared;
    log_warn("{}; trying again", prepared.error().text());
    parts.clock.sleep(pause, stop);
    pause = std::min(2 * pause, kRetryPauseMax);
  }
  return stopped();
}

/// For the terminal only: what is published belongs to the one who streams.
void Engine::Rep::show() const {
  if (!parts.on_status) return;
  Status status;
  status.phase = to_string(phase);
  parts.on_status(to_json(status));
}

}  // namespace syncline::engine
