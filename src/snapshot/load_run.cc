#include "snapshot/load_run.h"

#include <algorithm>
#include <thread>

#include "base/log.h"
#include "ports/trial.h"

namespace syncline::snapshot {

using document::DocumentPlan;
using ports::Load;
using ports::LoadPhase;

namespace {

constexpr size_t kWalkKeys = 1000;

}  // namespace

LoadRun::LoadRun(const refresh::Parts& parts, std::function<void(const Progress&)> on_progress)
    : parts_(parts),
      reader_(parts.database.reader()),
      state_(parts.database.state()),
      log_(parts.database.change_log()),
      writer_(parts.targets, parts.clock),
      meter_(parts.clock, std::move(on_progress)) {}

Result<void> LoadRun::read_loads() {
  TRY(parts_.loads.read(*state_));
  // Types that were never loaded are in no record, yet they must count as unfinished.
  for (const auto& plan : parts_.plans) {
    for (const auto& target : parts_.targets.names()) {
      parts_.loads.put(parts_.loads.get(plan.name, target));
    }
  }
  return {};
}

void LoadRun::begin_again(std::span<const DocumentPlan* const> plans) {
  for (const auto* plan : plans) {
    for (const auto& target : parts_.targets.names()) again_.insert({plan->name, target});
  }
}

Result<bool> LoadRun::round(std::span<const DocumentPlan* const> plans, std::stop_token stop) {
  TRY(read_loads());
  bool is_complete = true;
  for (const auto* plan : plans) {
    if (stop.stop_requested()) return false;
    if (!TRY(load(*plan, stop))) is_complete = false;
  }
  return is_complete;
}

bool LoadRun::is_due(const DocumentPlan& plan, const TargetName& target) const {
  return again_.contains({plan.name, target}) ||
         parts_.loads.get(plan.name, target).phase != LoadPhase::kLoaded;
}

Result<bool> LoadRun::load(const DocumentPlan& plan, std::stop_token stop) {
  auto targets = TRY(answering(plan));
  TRY(begin(plan, targets));
  TRY(refresh_chunks(plan, targets, stop));
  for (const auto& target : targets) {
    Load load = parts_.loads.get(plan.name, target);
    if (load.phase == LoadPhase::kLoading && TRY(is_refreshed(plan, target))) {
      TRY(set_phase(load, LoadPhase::kCleaning, false));
      load.phase = LoadPhase::kCleaning;
    }
    if (load.phase != LoadPhase::kCleaning) continue;
    meter_.begin(plan.name, true);
    if (TRY(clean(plan, load, stop))) TRY(set_phase(load, LoadPhase::kLoaded, true));
  }
  meter_.end();
  const auto& names = parts_.targets.names();
  return std::none_of(names.begin(), names.end(), [&](const auto& t) { return is_due(plan, t); });
}

/// The targets whose load is due and that answer now.
Result<std::vector<TargetName>> LoadRun::answering(const DocumentPlan& plan) {
  std::vector<TargetName> out;
  for (const auto& target : parts_.targets.names()) {
    if (is_due(plan, target) && TRY(connection(target))) out.push_back(target);
  }
  return out;
}

/// Null when the target does not answer.
Result<ports::Target*> LoadRun::connection(const TargetName& target) {
  auto connection = writer_.connection(target);
  if (!connection && connection.error().is_transient()) return static_cast<ports::Target*>(nullptr);
  return connection;
}

/// The order matters. 1. A view is numbered. 2. State knows of the load, forgets the chunks and
/// gives the floor F: not below the view of any key that the stream dropped, as until here it may
/// drop what a target that is away should have removed. 3. The stream learns that keys of this load
/// are no longer its to drop. 4. The target refuses what is older, so that the stream settles what
/// only this load will write: a load that State did not know of would then be missed by whoever
/// goes on after a kill, and by verification. A load that is resumed may have been killed before 4.
/// Only then are the chunks' views opened, which so see whatever the stream dropped before.
Result<void> LoadRun::begin(const DocumentPlan& plan, std::vector<TargetName>& targets) {
  std::optional<document::Revision> first;
  for (const auto& target : std::vector(targets)) {
    const Load known = parts_.loads.get(plan.name, target);
    if (again_.contains({plan.name, target}) || known.phase == LoadPhase::kNone) {
      if (!first) first = TRY(reader_->open())->revision();
      const auto floor = TRY(state_->begin_load(plan.name, target, *first));
      parts_.loads.put(
          {.document = plan.name, .target = target, .phase = LoadPhase::kLoading, .first = floor});
      again_.erase({plan.name, target});
      resumed_[{plan.name, target}] = 0;
    } else if (known.phase != LoadPhase::kLoading) {
      continue;
    }
    const auto floor = parts_.loads.get(plan.name, target).first;
    if (!TRY(raise_floor(plan, target, floor))) std::erase(targets, target);
  }
  return {};
}

/// False when the target went away.
Result<bool> LoadRun::raise_floor(const DocumentPlan& plan, const TargetName& target,
                                  document::Revision floor) {
  ports::step();
  auto* store = TRY(connection(target));
  if (!store) return false;
  if (ports::is_broken(ports::Rule::kFloor)) return true;
  const auto raised = store->raise_floor(plan, floor);
  if (raised) return true;
  writer_.drop(target, raised.error());
  if (raised.error().is_transient()) return false;
  return raised.error();
}

Result<void> LoadRun::refresh_chunks(const DocumentPlan& plan, std::span<const TargetName> targets,
                                     std::stop_token stop) {
  Pass pass{.plan = plan, .meter = meter_};
  for (const auto& target : targets) {
    const Load load = parts_.loads.get(plan.name, target);
    if (load.phase != LoadPhase::kLoading) continue;
    pass.loads[target] = load;
    const auto chunks = TRY(state_->chunks(plan.name, target));
    TRY(pass.planner.add(target, chunks));
    // Of the first round only: later ones resume what this run did itself.
    resumed_.try_emplace({plan.name, target},
                         std::count_if(chunks.begin(), chunks.end(),
                                       [](const auto& chunk) { return chunk.is_done; }));
    TRY(open_ledger(plan, target));
    pass.ledger[target] = ledger_[{plan.name, target}];
  }
  meter_.begin(plan.name, false);
  auto worked = pass.ledger.empty() ? Result<void>() : work(pass, stop);
  for (const auto& [target, entry] : pass.ledger) ledger_[{plan.name, target}] = entry;
  return worked;
}

Result<void> LoadRun::work(Pass& pass, std::stop_token stop) {
  while (workers_.size() < std::max<uint64_t>(1, parts_.options.snapshot_workers)) {
    workers_.push_back(std::make_unique<ChunkWorker>(parts_));
  }
  std::stop_source all;
  const std::stop_callback forward(stop, [&] { all.request_stop(); });
  std::mutex mutex;
  std::optional<Error> first_error;
  {
    std::vector<std::jthread> threads;
    for (auto& worker : workers_) {
      threads.emplace_back([&] {
        const auto result = worker->run(pass, all.get_token());
        if (result) return;
        const std::lock_guard lock(mutex);
        if (!first_error) first_error = result.error();
        all.request_stop();
      });
    }
  }
  return first_error ? Result<void>(*first_error) : Result<void>();
}

Result<bool> LoadRun::is_refreshed(const DocumentPlan& plan, const TargetName& target) {
  const auto chunks = TRY(state_->chunks(plan.name, target));
  return !chunks.empty() && !chunks.back().range.last &&
         std::all_of(chunks.begin(), chunks.end(), [](const auto& chunk) { return chunk.is_done; });
}

Result<bool> LoadRun::clean(const DocumentPlan& plan, const Load& load, std::stop_token stop) {
  std::string cursor;
  uint64_t foreign = 0;
  do {
    if (stop.stop_requested()) return false;
    auto* store = TRY(connection(load.target));
    if (!store) return false;
    auto page = store->walk(plan, cursor, load.first, kWalkKeys);
    if (!page) {
      writer_.drop(load.target, page.error());
      if (page.error().is_transient()) return false;
      return page.error();
    }
    ports::step();
    if (!page->keys.empty()) TRY(log_->note(plan.name, page->keys));
    for (const auto& name : page->foreign) {
      if (foreign++ == 0) {
        log_warn("{}: {} in {} is not ours and stays untouched", plan.name.value, name,
                 load.target.value);
      }
    }
    cursor = page->cursor;
  } while (!cursor.empty());
  if (foreign > 1) {
    log_warn("{}: {} records in {} are not ours", plan.name.value, foreign, load.target.value);
  }
  return true;
}

Result<void> LoadRun::set_phase(Load load, LoadPhase phase, bool is_second_walk_due) {
  load.phase = phase;
  load.is_second_walk_due = is_second_walk_due;
  ports::step();
  TRY(state_->set_load_phase(load));
  parts_.loads.put(load);
  return {};
}

Result<void> LoadRun::open_ledger(const DocumentPlan& plan, const TargetName& target) {
  auto& entry = ledger_[{plan.name, target}];
  if (entry.id != 0) return {};
  ports::LedgerEntry opened{.kind = "snapshot",
                            .document = plan.name.value,
                            .target = target.value,
                            .state = "running",
                            .detail = "{}"};
  opened.id = TRY(state_->open_ledger(opened));
  entry = opened;
  return {};
}

Result<void> LoadRun::close_ledger(const std::optional<Error>& error) {
  for (auto& [id, entry] : ledger_) {
    if (entry.id == 0) continue;
    const bool is_loaded = parts_.loads.get(id.first, id.second).phase == LoadPhase::kLoaded;
    entry.state = is_loaded ? "done" : error ? "failed" : "interrupted";
    TRY(state_->update_ledger(entry));
  }
  return {};
}

Report LoadRun::report(bool is_complete) const {
  Report report{
      .documents = meter_.documents(), .chunks = meter_.chunks(), .is_complete = is_complete};
  std::map<document::DocumentName, uint64_t> resumed;  // shared by all of a type's targets
  for (const auto& [id, chunks] : resumed_) {
    const auto [entry, is_first] = resumed.insert({id.first, chunks});
    if (!is_first) entry->second = std::min(entry->second, chunks);
  }
  for (const auto& [name, chunks] : resumed) report.chunks_resumed += chunks;
  return report;
}

}  // namespace syncline::snapshot
