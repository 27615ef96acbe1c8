#include "refresh/load_table.h"

namespace syncline::refresh {

void LoadTable::put(const ports::Load& load) {
  const std::lock_guard lock(mutex_);
  loads_[{load.document, load.target}] = load;
}

Result<void> LoadTable::read(ports::State& state) {
  for (const auto& load : TRY(state.loads())) put(load);
  return {};
}

ports::Load LoadTable::get(const document::DocumentName& document,
                           const document::TargetName& target) const {
  const std::lock_guard lock(mutex_);
  const auto found = loads_.find({document, target});
  return found != loads_.end() ? found->second
                               : ports::Load{.document = document, .target = target};
}

std::vector<ports::Load> LoadTable::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<ports::Load> out;
  for (const auto& [id, load] : loads_) out.push_back(load);
  return out;
}

}  // namespace syncline::refresh
