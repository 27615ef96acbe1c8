#include "engine/heartbeat.h"

#include "base/log.h"

namespace syncline::engine {
namespace {

constexpr std::chrono::seconds kBeatPause{1};

}  // namespace

Heartbeat::Heartbeat(std::unique_ptr<ports::Leadership> leadership, Clock& clock,
                     std::stop_token stop)
    : leadership_(std::move(leadership)),
      clock_(clock),
      forward_(std::move(stop), End{ended_}),
      thread_([this](std::stop_token own) { beat(std::move(own)); }) {}

Heartbeat::~Heartbeat() {
  thread_.request_stop();
  thread_.join();
  leadership_->release();
}

/// Goes on after the engine's stop was requested, until everything has ended: another engine that
/// took over meanwhile would only do the same work twice, but needlessly.
void Heartbeat::beat(std::stop_token stop) {
  while (clock_.sleep(kBeatPause, stop)) {
    const auto beat = leadership_->beat();
    if (beat.ok()) continue;
    log_warn("{}", beat.error().text());
    is_lost_ = true;
    ended_.request_stop();
    return;
  }
}

}  // namespace syncline::engine
