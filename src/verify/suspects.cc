#include "verify/suspects.h"

#include "base/log.h"
#include "base/text.h"

namespace syncline::verify {
namespace {

/// An owed key that is in the log as well is on its way.
bool is_worth_another_look(const Sighting& sighting) {
  return sighting.verdict == Verdict::kLag ||
         (sighting.verdict == Verdict::kOwed && sighting.is_dirty);
}

}  // namespace

void Suspects::note(const Place& place, const std::vector<Sighting>& sightings) {
  auto& open = open_[place];
  for (const Sighting& sighting : sightings) {
    const auto found = open.find(sighting.key);
    if (is_worth_another_look(sighting)) {
      if (found != open.end()) {
        found->second = sighting;
      } else if (open_count_ < open_max_) {
        open.emplace(sighting.key, sighting);
        ++open_count_;
      } else {
        report_.tallies[place].incomplete =
            fmt::format("more than {} keys were to be looked at again", with_commas(open_max_));
        close(place, sighting);
      }
      continue;
    }
    if (found != open.end()) {
      open.erase(found);
      --open_count_;
    }
    close(place, sighting);
  }
}

void Suspects::give_up() {
  for (const auto& [place, keys] : open_) {
    for (const auto& [key, sighting] : keys) close(place, sighting);
  }
  open_.clear();
  open_count_ = 0;
}

std::vector<Suspects::Place> Suspects::open_places() const {
  std::vector<Place> places;
  for (const auto& [place, keys] : open_) {
    if (!keys.empty()) places.push_back(place);
  }
  return places;
}

std::vector<document::DocumentKey> Suspects::open_keys(const Place& place) const {
  std::vector<document::DocumentKey> keys;
  const auto found = open_.find(place);
  if (found == open_.end()) return keys;
  for (const auto& [key, sighting] : found->second) keys.push_back(key);
  return keys;
}

const Sighting* Suspects::recall(const Place& place, const document::DocumentKey& key) const {
  const auto open = open_.find(place);
  if (open == open_.end()) return nullptr;
  const auto found = open->second.find(key);
  return found == open->second.end() ? nullptr : &found->second;
}

void Suspects::close(const Place& place, const Sighting& sighting) {
  auto& tally = report_.tallies[place];
  const bool fault = is_fault(sighting.verdict);
  // Both passes meet a key, and a walk that begins anew meets its keys again.
  if (fault && faulty_[place].contains(sighting.key)) return;
  // Taken for an extra record, and nothing was wrong: the row, if there is one, is counted already.
  if (sighting.verdict == Verdict::kGood && !sighting.is_row) return;
  ++tally.counts[sighting.verdict];
  if (sighting.verdict == Verdict::kGood) return;
  if (fault) {
    if (faulty_count_ == open_max_) {
      tally.incomplete = fmt::format("more than {} faults: the rest is counted, not listed",
                                     with_commas(open_max_));
      return;
    }
    ++faulty_count_;
    faulty_[place].insert(sighting.key);
  } else if (unverified_findings_++ >= findings_max_) {
    return;
  }
  report_.findings.push_back({.document = place.first,
                              .target = place.second,
                              .key = sighting.key,
                              .verdict = sighting.verdict,
                              .view = sighting.view,
                              .stored = sighting.stored.is_present ? sighting.stored.revision
                                                                   : sighting.stored.tombstone});
}

}  // namespace syncline::verify
