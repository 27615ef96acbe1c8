#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/options.h"
#include "document/plan.h"
#include "ports/database.h"
#include "refresh/target_set.h"
#include "verify/report.h"

namespace syncline::verify {

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
  uint64_t documents_about = 0;  ///< 0: unknown
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

  /// Errors: MySQL or every target away (kTransient), kConflict, kCancelled, kNotFound (a document
  /// type that no plan has). A target that is away makes its documents unverified (kLag). Writes
  /// one ledger row, and for each document type and target State "verdict:DOCUMENT:TARGET", JSON.
  Result<Report> run(const Request& request, std::stop_token stop,
                     const std::function<void(const Progress&)>& on_progress);

 private:
  Parts parts_;
};

}  // namespace syncline::verify
