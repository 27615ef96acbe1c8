#pragma once

#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <vector>

#include "snapshot/chunk_worker.h"

namespace syncline::snapshot {

/// One call of Snapshot::run: brings loads from whatever phase they are in to kLoaded, as far as
/// targets answer. One thread at a time; starts the workers itself.
class LoadRun {
 public:
  LoadRun(const refresh::Parts& parts, std::function<void(const Progress&)> on_progress);

  /// Takes over what State says of every load.
  Result<void> read_loads();

  /// From now on these loads count as not begun.
  void begin_again(std::span<const document::DocumentPlan* const> plans);

  /// Goes once over these document types, from what State says of them now. True when every load of
  /// them is complete.
  Result<bool> round(std::span<const document::DocumentPlan* const> plans, std::stop_token stop);

  /// The cleaning walk of one load; false when the target went away or a stop was requested.
  Result<bool> clean(const document::DocumentPlan& plan, const ports::Load& load,
                     std::stop_token stop);

  Result<void> set_phase(ports::Load load, ports::LoadPhase phase, bool is_second_walk_due);

  /// Closes the ledger rows: what is not complete is "interrupted", or "failed" with an error.
  Result<void> close_ledger(const std::optional<Error>& error);

  Report report(bool is_complete) const;

 private:
  using LoadId = std::pair<document::DocumentName, TargetName>;

  Result<bool> load(const document::DocumentPlan& plan, std::stop_token stop);
  Result<std::vector<TargetName>> answering(const document::DocumentPlan& plan);
  Result<void> begin(const document::DocumentPlan& plan, std::vector<TargetName>& targets);
  Result<bool> raise_floor(const document::DocumentPlan& plan, const TargetName& target,
                           document::Revision floor);
  Result<void> refresh_chunks(const document::DocumentPlan& plan,
                              std::span<const TargetName> targets, std::stop_token stop);
  Result<void> work(Pass& pass, std::stop_token stop);
  Result<void> open_ledger(const document::DocumentPlan& plan, const TargetName& target);
  Result<bool> is_refreshed(const document::DocumentPlan& plan, const TargetName& target);
  bool is_due(const document::DocumentPlan& plan, const TargetName& target) const;
  Result<ports::Target*> connection(const TargetName& target);

  const refresh::Parts parts_;
  const std::unique_ptr<ports::Reader> reader_;
  const std::unique_ptr<ports::State> state_;
  const std::unique_ptr<ports::ChangeLog> log_;
  refresh::Writer writer_;
  std::vector<std::unique_ptr<ChunkWorker>> workers_;
  ProgressMeter meter_;
  std::set<LoadId> again_;
  std::map<LoadId, ports::LedgerEntry> ledger_;
  std::map<LoadId, uint64_t> resumed_;
};

}  // namespace syncline::snapshot
