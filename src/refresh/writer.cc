#include "refresh/writer.h"

#include "refresh/lane.h"

namespace syncline::refresh {

Writer::Writer(TargetSet& targets, Clock& clock) {
  for (const auto& name : targets.names()) {
    lanes_[name] = std::make_unique<Lane>(targets, clock, name);
  }
}

Writer::~Writer() = default;

std::vector<TargetOutcome> Writer::write(const Batch& batch, std::span<const TargetName> only) {
  for (const auto& name : only) lanes_.at(name)->begin(batch);
  std::vector<TargetOutcome> outcomes;
  for (const auto& name : only) outcomes.push_back(lanes_.at(name)->finish());
  return outcomes;
}

Result<ports::Target*> Writer::connection(const TargetName& name) {
  return lanes_.at(name)->connection();
}

void Writer::drop(const TargetName& name, const Error& error) { lanes_.at(name)->drop(error); }

}  // namespace syncline::refresh
