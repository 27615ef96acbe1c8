#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "verify/look.h"
#include "verify/report.h"

namespace syncline::verify {

/// Keys whose verdict is still open, and the counts and findings of those where it is not. One
/// thread.
class Suspects {
 public:
  using Place = std::pair<document::DocumentName, document::TargetName>;

  /// `findings_max`: of unverified keys. `open_max`: keys to look at again that are remembered;
  /// beyond it, and beyond as many faults, the tally is incomplete.
  Suspects(Report& report, size_t findings_max, size_t open_max)
      : report_(report), findings_max_(findings_max), open_max_(open_max) {}

  /// What a look found: closes keys or keeps them open.
  void note(const Place& place, const std::vector<Sighting>& sightings);

  /// No further look is possible: what is open stays unverified.
  void give_up();

  bool is_any_open() const { return open_count_ > 0; }
  std::vector<Place> open_places() const;
  std::vector<document::DocumentKey> open_keys(const Place& place) const;
  /// The earlier sighting of an open key; null: it is not open.
  const Sighting* recall(const Place& place, const document::DocumentKey& key) const;

 private:
  void close(const Place& place, const Sighting& sighting);

  Report& report_;
  const size_t findings_max_;
  const size_t open_max_;
  std::map<Place, std::map<document::DocumentKey, Sighting>> open_;
  size_t open_count_ = 0;
  std::map<Place, std::set<document::DocumentKey>> faulty_;
  size_t faulty_count_ = 0;
  size_t unverified_findings_ = 0;
};

}  // namespace syncline::verify
