#include "refresh/target_set.h"

#include <algorithm>

namespace syncline::refresh {

TargetSet::TargetSet(std::vector<ports::TargetConnector*> connectors,
                     std::span<const DocumentPlan> plans, Clock& clock, bool adopt)
    : connectors_(std::move(connectors)), plans_(plans), clock_(clock) {
  for (const auto* connector : connectors_) {
    names_.push_back(connector->name());
    if (adopt) to_adopt_.insert(connector->name());
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
  if (const auto prepared = prepare(**target, is_to_adopt(name)); !prepared) {
    note_failure(name, prepared.error());
    return prepared.error();
  }
  note_success(name);
  return target;
}

bool TargetSet::is_to_adopt(const TargetName& name) const {
  const std::lock_guard lock(mutex_);
  return to_adopt_.contains(name);
}

Result<void> TargetSet::check(ports::Target& target) { return prepare(target, false); }

Result<void> TargetSet::prepare(ports::Target& target, bool adopt) {
  const TargetName& name = target.name();
  // Taken before the state record is read: what is acknowledged meanwhile proves nothing.
  const Revision written_before = written(name);
  const Revision revision = TRY(target.prepare(plans_, adopt));
  const std::lock_guard lock(mutex_);
  if (adopt) to_adopt_.erase(name);
  known_revision_ = std::max(known_revision_, revision);
  if (revision < written_before) {
    forgotten_.insert(name);
    written_[name] = revision;
  }
  return {};
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

void TargetSet::note_written(const TargetName& name, Revision revision) {
  const std::lock_guard lock(mutex_);
  auto& written = written_[name];
  written = std::max(written, revision);
}

Revision TargetSet::written(const TargetName& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = written_.find(name);
  return found == written_.end() ? Revision() : found->second;
}

bool TargetSet::take_forgotten(const TargetName& name) {
  const std::lock_guard lock(mutex_);
  return forgotten_.erase(name) > 0;
}

void TargetSet::note_forgotten(const TargetName& name) {
  const std::lock_guard lock(mutex_);
  forgotten_.insert(name);
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
