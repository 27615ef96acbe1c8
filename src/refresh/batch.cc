#include "refresh/batch.h"

namespace syncline::refresh {

Result<Batch> read_keys(ports::View& view, BootTime taken_on, std::span<const DocumentPlan> plans,
                        const std::map<DocumentName, std::vector<DocumentKey>>& keys) {
  Batch batch{.revision = view.revision(), .taken_on = taken_on};
  for (const auto& plan : plans) {
    const auto wanted = keys.find(plan.name);
    if (wanted == keys.end() || wanted->second.empty()) continue;
    auto images = TRY(view.read(plan, wanted->second));
    batch.parts.push_back({&plan, std::move(images)});
  }
  return batch;
}

}  // namespace syncline::refresh
