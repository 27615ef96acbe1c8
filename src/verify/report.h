#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "document/ids.h"
#include "verify/verdict.h"

namespace syncline::verify {

/// One faulty or unverified key.
struct Finding {
  document::DocumentName document;
  document::TargetName target;
  document::DocumentKey key;
  Verdict verdict = Verdict::kGood;
  document::Revision view;    ///< the view it was compared in
  document::Revision stored;  ///< revision of the record, or of its tombstone; 0: neither
  bool is_repaired = false;
};

/// Result for one document type in one target.
struct Tally {
  uint64_t rows = 0;                       ///< documents in the source
  uint64_t records = 0;                    ///< records walked in the target
  std::map<Verdict, uint64_t> counts;      ///< final verdict of every key looked at
  uint64_t foreign = 0;                    ///< records in the store that are not ours
  std::vector<std::string> foreign_names;  ///< the first few of them
  std::string incomplete;  ///< why not every key was looked at; empty: every one was

  uint64_t count(Verdict verdict) const;
  uint64_t faults() const;
  uint64_t unverified() const;
  /// "verified", "3 faults", "2 unverified" or "incomplete".
  std::string verdict() const;
};

struct Report {
  std::map<std::pair<document::DocumentName, document::TargetName>, Tally> tallies;
  std::vector<Finding> findings;  ///< every faulty key, and unverified ones up to `findings_max`
  uint64_t repaired = 0;
  std::chrono::milliseconds took{0};

  uint64_t faults() const;
  uint64_t unverified() const;  ///< not loaded, owed, expired, lag; and 1 for each incomplete tally
  /// "verified", "3 faults", "2 unverified" or "incomplete", of everything together.
  std::string verdict() const;
};

/// Everything, all findings included.
std::string to_json(const Report& report);

/// For people: one line for each document type and target, then the first `findings_max` keys that
/// are faulty or unverified, faults first.
std::string to_table(const Report& report, size_t findings_max = 20);

}  // namespace syncline::verify
