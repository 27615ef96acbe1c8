#include "refresh/target_set.h"

#include <algorithm>

namespace syncline::refresh {

TargetSet::TargetSet(std::vector<ports::TargetConnector*> connectors,
                     std::span<const DocumentPlan> plans, Clock& clock, bool adopt)
    : connectors_(std::move(connectors)), plans_(plans), clock_(clock), adopt_(adopt) {
  for (const auto* connector : connectors_) {
    names_.push_back(connector->name());
    health_[connector->name()].since = clock_.boot_now();
  }
}

Result<std::unique_ptr<ports::Target>> TargetSet::connect(const TargetName& name) {
  const auto connector = std::find_if(connectors_.begin(), connectors_.end(),
                                      [&](const auto* c) { return c->name() == name; });
  CHECK(connector != connectors_.end());
  auto target = (*connector)->connect();
  if (!target) {
    note_failure(name, target.error());
    return target.error();
  }
  const auto revision = (*target)->prepare(plans_, adopt_);
  if (!revision) {
    note_failure(name, revision.error());
    return revision.error();
  }
  {
    const std::lock_guard lock(mutex_);
    known_revision_ = std::max(known_revision_, *revision);
  }
  note_success(name);
  return target;
}

void TargetSet::note_success(const TargetName& name) {
  const std::lock_guard lock(mutex_);
  auto& health = health_[name];
  if (!health.is_up) health = {.is_up = true, .since = clock_.boot_now()};
}

void TargetSet::note_failure(const TargetName& name, const Error& error) {
  if (!error.is_transient()) return;
  const std::lock_guard lock(mutex_);
  auto& health = health_[name];
  if (health.is_up) health.since = clock_.boot_now();
  health.is_up = false;
  health.reason = error.message();
}

Health TargetSet::health(const TargetName& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = health_.find(name);
  return found != health_.end() ? found->second : Health{};
}

Revision TargetSet::known_revision() const {
  const std::lock_guard lock(mutex_);
  return known_revision_;
}

}  // namespace syncline::refresh
