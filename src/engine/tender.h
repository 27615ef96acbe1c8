#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <utility>

#include "base/clock.h"
#include "refresh/target_set.h"

namespace syncline::engine {

/// Tends the targets every few seconds over connections of its own, and counts their records now
/// and then, for status. run() is called by one thread; records() by any.
class Tender {
 public:
  Tender(refresh::TargetSet& targets, std::span<const document::DocumentPlan> plans, Clock& clock)
      : targets_(targets), plans_(plans), clock_(clock) {}

  /// Until stopped. A target that is away is passed over; kConflict, kInvalid end it.
  Result<void> run(std::stop_token stop);

  /// Records of a document type in a target when they were last counted; 0 before.
  uint64_t records(const document::DocumentName& document,
                   const document::TargetName& target) const;

 private:
  struct Care {
    std::unique_ptr<ports::Target> connection;
    BootTime next_count{};
  };
  /// `everything`: after a takeover or a restart of the store a writer may have died.
  Result<void> tend(Care& care, bool everything);
  Result<void> count(ports::Target& target, Care& care);

  refresh::TargetSet& targets_;
  const std::span<const document::DocumentPlan> plans_;
  Clock& clock_;
  std::map<document::TargetName, Care> cares_;

  mutable std::mutex mutex_;  // guards records_
  std::map<std::pair<document::DocumentName, document::TargetName>, uint64_t> records_;
};

}  // namespace syncline::engine
