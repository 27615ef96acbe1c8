#pragma once

#include <map>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "ports/state.h"

namespace syncline::refresh {

/// How far each load is, as the threads of one process know it; MySQL (ports::State) holds the same
/// durably. Safe for concurrent use.
class LoadTable {
 public:
  void put(const ports::Load& load);
  /// Takes what MySQL knows. Errors as ports::State::loads().
  Result<void> read(ports::State& state);
  ports::Load get(const document::DocumentName& document, const document::TargetName& target) const;
  std::vector<ports::Load> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<document::DocumentName, document::TargetName>, ports::Load> loads_;
};

}  // namespace syncline::refresh
