#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "refresh/writer.h"
#include "snapshot/chunk_planner.h"
#include "snapshot/progress_meter.h"
#include "snapshot/snapshot.h"

namespace syncline::snapshot {

/// What the workers on one document type share.
struct Pass {
  const document::DocumentPlan& plan;
  ProgressMeter& meter;
  std::map<TargetName, ports::Load> loads;  ///< as they began; one that was begun anew is not ours

  std::mutex mutex;  // guards what follows; held while a chunk is cut and claimed
  ChunkPlanner planner;
  std::map<TargetName, ports::LedgerEntry> ledger;  ///< open rows of this run, one for each target
};

/// One thread's sessions for refreshing chunks. One thread at a time.
class ChunkWorker {
 public:
  explicit ChunkWorker(const refresh::Parts& parts);

  /// Refreshes chunks until none is left or a stop is requested. A target that goes away is given
  /// up. An error leaves at most the chunk in hand unfinished.
  Result<void> run(Pass& pass, std::stop_token stop);

 private:
  struct Hand;  // a chunk and how far it is

  Result<bool> next(Pass& pass, Hand& hand);
  Result<void> refresh(Pass& pass, Hand& hand, std::stop_token stop);
  Result<void> refresh_piece(Pass& pass, Hand& hand);
  Result<void> settle(const refresh::Batch& batch,
                      std::span<const refresh::TargetOutcome> outcomes);
  Result<void> finish(Pass& pass, const Hand& hand);

  const refresh::Parts parts_;
  const std::unique_ptr<ports::Reader> reader_;
  const std::unique_ptr<ports::State> state_;
  const std::unique_ptr<ports::ChangeLog> log_;
  refresh::Writer writer_;
};

}  // namespace syncline::snapshot
