#include "engine/loader.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace syncline::engine {
namespace {

using ports::LoadPhase;

constexpr std::chrono::seconds kPause{1};
constexpr std::chrono::seconds kPauseMax{10};

bool is_same(const ports::Load& a, const ports::Load& b) {
  return a.document == b.document && a.target == b.target && a.first == b.first;
}

}  // namespace

bool Loader::is_any_due(std::span<const document::DocumentPlan> plans,
                        const refresh::TargetSet& targets, const refresh::LoadTable& loads) {
  for (const auto& plan : plans) {
    for (const auto& target : targets.names()) {
      const bool is_loaded = loads.get(plan.name, target).phase == LoadPhase::kLoaded;
      if (!is_loaded && targets.is_up(target)) return true;
    }
  }
  return false;
}

Result<void> Loader::run(std::stop_token stop) {
  std::chrono::nanoseconds pause = kPause;
  do {
    const auto stepped = step(stop);
    if (stepped.ok()) {
      pause = kPause;
      continue;
    }
    const ErrorKind kind = stepped.error().kind();
    if (kind != ErrorKind::kTransient && kind != ErrorKind::kTooOld) return stepped;
    log_warn("load: {}; trying again", stepped.error().text());
    pause = std::min<std::chrono::nanoseconds>(2 * pause, kPauseMax);
  } while (parts_.clock.sleep(pause, stop));
  return {};
}

Result<void> Loader::step(std::stop_token stop) {
  // A loss sets loads back in MySQL, whoever notices it; so does another process that begins one
  // anew. Between two runs of the snapshot, which reads them itself.
  TRY(parts_.loads.read(*state_));
  if (is_any_due(parts_.plans, parts_.targets, parts_.loads)) {
    const auto ran = snapshot_.run(
        {}, false, stop, [this](const snapshot::Progress& progress) { note_progress(progress); });
    note_progress(std::nullopt);
    const auto report = TRY(ran);
    if (report.is_complete) {
      log_info("everything is loaded: {} documents in {} chunks", with_commas(report.documents),
               with_commas(report.chunks));
    }
  }
  return walk_when_due(stop);
}

std::optional<snapshot::Progress> Loader::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

void Loader::note_progress(const std::optional<snapshot::Progress>& progress) {
  const std::lock_guard lock(mutex_);
  progress_ = progress;
}

Result<void> Loader::walk_when_due(std::stop_token stop) {
  std::vector<ports::Load> due;
  for (const auto& load : parts_.loads.all()) {
    if (load.is_second_walk_due && load.phase == LoadPhase::kLoaded) due.push_back(load);
  }
  const BootTime now = parts_.clock.boot_now();
  // Each load's fence begins when it is seen finished, so a new one delays the others.
  if (!std::equal(due.begin(), due.end(), awaited_.begin(), awaited_.end(), is_same)) {
    awaited_ = due;
    walk_at_ = now + parts_.options.age_fence;
  }
  if (due.empty() || now < walk_at_) return {};
  walk_at_ = now + parts_.options.age_fence;
  return snapshot_.walk_again(std::move(stop));
}

}  // namespace syncline::engine
