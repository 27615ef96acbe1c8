#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "verify/suspects.h"
#include "verify/verifier.h"

namespace syncline::verify {

/// Slows down to a rate.
class Pace {
 public:
  /// `per_second` 0: unlimited.
  Pace(Clock& clock, uint64_t per_second)
      : clock_(clock), per_second_(per_second), begun_(clock.boot_now()) {}

  /// Waits until `documents` more are due. False when stopped.
  bool spend(uint64_t documents, const std::stop_token& stop);

 private:
  Clock& clock_;
  const uint64_t per_second_;
  const BootTime begun_;
  uint64_t spent_ = 0;
};

/// The two passes over one document type: every row of the source against every target (missing,
/// stale, corrupt), then every record of each target against the source (extra). Most documents are
/// compared in a cheap first look: a record that equals its row and is no newer than the view is
/// good. What is not goes to a full look (look.h), a batch at a time. One thread.
class Scan {
 public:
  using Watch = std::function<void(const Progress&)>;

  Scan(Sessions& sessions, const config::Options& options, Suspects& suspects, Report& report,
       Pace& pace, const Watch& watch);

  /// Both passes. A target that is away is left out, and its tally says so. kTransient when that
  /// leaves none, or when MySQL is away.
  Result<void> run(const document::DocumentPlan& plan);

  /// Looks once more at every open key of one place. A target that is away leaves them open.
  Result<void> look_again(const document::DocumentPlan& plan, const Suspects::Place& place);

 private:
  Result<void> begin(const document::DocumentPlan& plan);
  Result<void> read_loads(const document::DocumentPlan& plan);
  Result<void> walk_source(const document::DocumentPlan& plan);
  Result<void> compare(const document::DocumentPlan& plan, document::Revision view,
                       const std::vector<document::Image>& images);
  Result<void> walk_target(const document::DocumentPlan& plan, const document::TargetName& name);
  Result<void> walk_once(const document::DocumentPlan& plan, const document::TargetName& name);

  /// Full looks at the collected keys, in batches; with `all`, at the last incomplete one too.
  Result<void> look_at_collected(const document::DocumentPlan& plan,
                                 const document::TargetName& name, bool all);
  Result<void> look_at(const document::DocumentPlan& plan, const document::TargetName& name,
                       std::span<const document::DocumentKey> keys);

  /// OK for kTransient: from here on the target is left out. Any other error is returned.
  Result<void> leave_out(const document::DocumentPlan& plan, const document::TargetName& name,
                         const Error& error);
  Result<void> advance(uint64_t documents);

  Sessions& sessions_;
  const config::Options& options_;
  Suspects& suspects_;
  Report& report_;
  Pace& pace_;
  const Watch& watch_;

  Progress progress_;
  bool is_walking_source_ = false;
  std::set<document::TargetName> answering_;
  std::map<document::TargetName, ports::Load> loads_;
  std::map<document::TargetName, std::vector<document::DocumentKey>> collected_;
};

}  // namespace syncline::verify
