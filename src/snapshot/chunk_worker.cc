#include "snapshot/chunk_worker.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "ports/trial.h"

namespace syncline::snapshot {

using refresh::Batch;
using refresh::TargetOutcome;

struct ChunkWorker::Hand {
  Task task;
  std::optional<DocumentKey> position;  // everything up to here is written
  bool is_exhausted = false;
  BootTime taken_on;
  std::unique_ptr<ports::View> view;                // open from the cut, for the first piece
  std::map<TargetName, ports::LedgerEntry> counts;  // of this chunk
  std::map<TargetName, uint64_t> writes;            // what its last write raised the counter to
};

namespace {

void count(const std::vector<ports::WriteOutcome>& parts, uint64_t read, ports::LedgerEntry& into) {
  into.read += read;
  for (const auto& part : parts) {
    into.written += part.written;
    into.refused_older += part.older;
    into.removed += part.removed;
    into.owed += part.refused.size();
  }
}

}  // namespace

ChunkWorker::ChunkWorker(const refresh::Parts& parts)
    : parts_(parts),
      reader_(parts.database.reader()),
      state_(parts.database.state()),
      log_(parts.database.change_log()),
      writer_(parts.targets, parts.clock) {}

Result<void> ChunkWorker::run(Pass& pass, std::stop_token stop) {
  while (!stop.stop_requested()) {
    Hand hand;
    if (!TRY(next(pass, hand))) break;
    TRY(refresh(pass, hand, stop));
  }
  return {};
}

Result<bool> ChunkWorker::next(Pass& pass, Hand& hand) {
  const std::lock_guard lock(pass.mutex);
  if (auto task = pass.planner.next_claimed()) {
    hand.task = std::move(*task);
  } else {
    const auto place = pass.planner.place();
    if (!place) return false;
    hand.taken_on = parts_.clock.boot_now();
    hand.view = TRY(reader_->open());
    ports::step();
    hand.task = pass.planner.chunk_to(
        TRY(hand.view->cut(pass.plan, place->after, parts_.options.snapshot_chunk_documents)));
    std::vector<ports::Load> loads;
    for (const auto& target : hand.task.targets) loads.push_back(pass.loads.at(target));
    // An answer may get lost: then nobody can claim this number again before a new plan is made.
    TRY(state_->claim_chunk(loads, hand.task.chunk));
    pass.planner.take(hand.task);
  }
  hand.position = hand.task.chunk.range.after;
  return true;
}

Result<void> ChunkWorker::refresh(Pass& pass, Hand& hand, std::stop_token stop) {
  while (!hand.is_exhausted) {
    if (stop.stop_requested() || hand.task.targets.empty()) return {};
    TRY(refresh_piece(pass, hand));
  }
  return hand.task.targets.empty() ? Result<void>() : finish(pass, hand);
}

Result<void> ChunkWorker::refresh_piece(Pass& pass, Hand& hand) {
  if (!hand.view) {
    hand.taken_on = parts_.clock.boot_now();
    hand.view = TRY(reader_->open());
  }
  const auto& options = parts_.options;
  auto piece = TRY(hand.view->read_range(
      pass.plan, {.after = hand.position, .last = hand.task.chunk.range.last},
      {.documents_max = options.snapshot_chunk_documents, .bytes_max = options.read_bytes_max}));
  const Batch batch{.revision = hand.view->revision(),
                    .taken_on = hand.taken_on,
                    .parts = {{&pass.plan, std::move(piece.images)}}};
  hand.view.reset();  // before any target is written: views are short
  ports::step();
  const auto outcomes = writer_.write(batch, hand.task.targets);
  TRY(settle(batch, outcomes));

  const uint64_t read = batch.parts[0].images.size();
  for (const auto& outcome : outcomes) {
    if (!outcome.error) {
      count(outcome.parts, read, hand.counts[outcome.target]);
      auto& writes = hand.writes[outcome.target];
      writes = std::max(writes, outcome.parts[0].writes);
      continue;
    }
    log_warn("snapshot of {}: its load into {} waits: {}", pass.plan.name.value,
             outcome.target.value, outcome.error->text());
    std::erase(hand.task.targets, outcome.target);
    const std::lock_guard lock(pass.mutex);
    pass.planner.give_up(outcome.target);
  }
  pass.meter.add(read, 0);
  hand.is_exhausted = piece.is_exhausted;
  if (!piece.is_exhausted && !piece.last) {
    return corrupt("a piece of " + pass.plan.name.value + " ends nowhere");
  }
  hand.position = piece.last;
  return {};
}

/// A target that is away is owed nothing: its load waits with this chunk unfinished.
Result<void> ChunkWorker::settle(const Batch& batch, std::span<const TargetOutcome> outcomes) {
  const bool is_anything_owed = TRY(log_->owed_count()) > 0;
  const auto settlement = TRY(refresh::settlement_of(
      batch, outcomes, is_anything_owed, [](const auto&, const auto&) { return true; },
      parts_.counters));
  // The counter is noted with the chunk.
  if (settlement.owed.empty() && settlement.paid.empty()) return {};
  return log_->settle(settlement);
}

Result<void> ChunkWorker::finish(Pass& pass, const Hand& hand) {
  for (const auto& target : hand.task.targets) {
    const ports::LedgerEntry& counts = hand.counts.at(target);
    uint64_t ledger_id = 0;
    {
      const std::lock_guard lock(pass.mutex);
      ledger_id = pass.ledger[target].id;
    }
    ports::step();
    TRY(state_->finish_chunk(pass.loads.at(target), hand.task.chunk.number, ledger_id, counts,
                             hand.writes.at(target)));
    const std::lock_guard lock(pass.mutex);
    auto& total = pass.ledger[target];
    total.read += counts.read;
    total.written += counts.written;
    total.refused_older += counts.refused_older;
    total.removed += counts.removed;
    total.owed += counts.owed;
  }
  pass.meter.add(0, 1);
  return {};
}

}  // namespace syncline::snapshot
