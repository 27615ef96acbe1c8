#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/options.h"
#include "document/plan.h"
#include "ports/database.h"
#include "refresh/target_set.h"
#include "verify/verdict.h"

namespace syncline::verify {

/// One faulty or unverified key.
struct Finding {
  document::DocumentName document;
  document::TargetName target;
  document::DocumentKey key;
  Verdict verdict = Verdict::kGood;
  document::Revision view;    ///< the view it was compared in
  document::Revision stored;  ///< revision of the record; 0: none
  bool is_repaired = false;
};

/// Result for one document type in one target.
struct Tally {
  uint64_t rows = 0;                   ///< documents in the source
  uint64_t records = 0;                ///< records walked in the target
  std::map<Verdict, uint64_t> counts;  ///< final verdict of every key looked at
  uint64_t foreign = 0;                ///< records in the store that are not ours
};

struct Report {
  std::map<std::pair<document::DocumentName, document::TargetName>, Tally> tallies;
  std::vector<Finding> findings;  ///< every faulty key, and unverified ones up to `findings_max`
  uint64_t repaired = 0;
  std::chrono::milliseconds took{0};

  uint64_t faults() const;
  uint64_t unverified() const;  ///< not loaded, owed, expired, lag
};

struct Request {
  std::vector<document::DocumentName> documents;  ///< empty: all
  bool repair = false;  ///< notes faulty keys in the change log; replaces what is from the future
  std::chrono::seconds within{60};    ///< rounds go on until nothing is left or this is over
  uint64_t documents_per_second = 0;  ///< 0: unlimited
  size_t findings_max = 10000;        ///< of unverified keys; faults are all kept
};

struct Progress {
  document::DocumentName document;
  uint64_t documents = 0;
  uint64_t documents_about = 0;
  uint64_t faults = 0;
  int round = 1;
};

/// Compares every document of the source with both stores, and every record of the stores with the
/// source, under live traffic: open view r, read rows and dirty keys; read the target; read the
/// newest number; judge. One thread calls run().
class Verifier {
 public:
  struct Parts {
    ports::Database& database;
    refresh::TargetSet& targets;
    std::span<const document::DocumentPlan> plans;
    const config::Options& options;
    Clock& clock;
  };
  explicit Verifier(const Parts& parts);

  /// Errors: MySQL or every target away (kTransient), kConflict, kCancelled. A target that is away
  /// makes its documents unverified (kLag). Writes one ledger row.
  Result<Report> run(const Request& request, std::stop_token stop,
                     const std::function<void(const Progress&)>& on_progress);

 private:
  Parts parts_;
};

}  // namespace syncline::verify
