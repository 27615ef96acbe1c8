#include "snapshot/snapshot.h"

#include <algorithm>

#include "base/log.h"
#include "snapshot/load_run.h"

namespace syncline::snapshot {
namespace {

using document::DocumentPlan;

constexpr int kRoundsWithoutProgress = 5;
constexpr std::chrono::milliseconds kPause{1000};

bool may_pass(const Error& error) {
  return error.is_transient() || error.kind() == ErrorKind::kTooOld;
}

/// Goes round until everything is loaded, for as long as rounds get anywhere: a store that blinks
/// or a view that expires costs a round, and State knows what is done.
Result<bool> go_round(LoadRun& run, std::span<const DocumentPlan* const> plans, Clock& clock,
                      std::stop_token stop) {
  uint64_t chunks = 0;
  for (int idle_rounds = 0;;) {
    const auto round = run.round(plans, stop);
    if (!round && !may_pass(round.error())) return round.error();
    if (round && *round) return true;
    const uint64_t now = run.report(false).chunks;
    idle_rounds = now > chunks ? 0 : idle_rounds + 1;
    chunks = now;
    if (stop.stop_requested()) return false;
    if (idle_rounds == kRoundsWithoutProgress) return round;
    if (!round) log_warn("snapshot: {}; trying again", round.error().text());
    if (!clock.sleep(kPause, stop)) return false;
  }
}

}  // namespace

Snapshot::Snapshot(const refresh::Parts& parts) : parts_(parts) {}

Result<Report> Snapshot::run(std::span<const document::DocumentName> only, bool again,
                             std::stop_token stop,
                             const std::function<void(const Progress&)>& on_progress) {
  std::vector<const DocumentPlan*> plans;
  for (const auto& plan : parts_.plans) {
    const bool is_meant =
        only.empty() || std::find(only.begin(), only.end(), plan.name) != only.end();
    if (is_meant) plans.push_back(&plan);
  }
  LoadRun run(parts_, on_progress);
  if (again) run.begin_again(plans);
  const auto is_complete = go_round(run, plans, parts_.clock, stop);
  const auto closed =
      run.close_ledger(is_complete ? std::nullopt : std::optional(is_complete.error()));
  if (!is_complete) return is_complete.error();
  TRY(closed);
  return run.report(*is_complete);
}

Result<void> Snapshot::walk_again(std::stop_token stop) {
  LoadRun run(parts_, {});
  TRY(run.read_loads());
  for (const auto& plan : parts_.plans) {
    for (const auto& target : parts_.targets.names()) {
      const auto load = parts_.loads.get(plan.name, target);
      if (load.phase != ports::LoadPhase::kLoaded || !load.is_second_walk_due) continue;
      if (TRY(run.clean(plan, load, stop))) {
        TRY(run.set_phase(load, ports::LoadPhase::kLoaded, false));
      }
    }
  }
  return {};
}

}  // namespace syncline::snapshot
