#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/memory_contents_testing.h"

namespace syncline::ports {

class MemoryChangeLog final : public ChangeLog {
 public:
  explicit MemoryChangeLog(std::shared_ptr<MemoryServer> server) : server_(std::move(server)) {}

  Result<std::optional<LogId>> first_above(LogId after) override {
    TRY(server_->faults.pass("log.first_above"));
    const std::lock_guard lock(server_->mutex);
    const auto row = server_->contents->log.upper_bound(after);
    if (row == server_->contents->log.end()) return std::optional<LogId>();
    return std::optional(row->first);
  }

  Result<void> settle(const Settlement& settlement) override {
    return change("log.settle", [&](MemoryContents& contents) {
      for (const auto& id : settlement.ids) contents.log.erase(id);
      for (const auto& owed : settlement.owed) owe(owed);
      for (const auto& paid : settlement.paid) {
        for (const auto& key : paid.keys) pay(paid, key);
      }
    });
  }

  Result<void> note(const DocumentName& document, std::span<const DocumentKey> keys) override {
    return change("log.note", [&](MemoryContents& contents) {
      for (const auto& key : keys) append(contents, server_->number_of(document), key.value);
    });
  }

  Result<void> advance(const LogRow& row, const WideStep& step) override {
    return change("log.advance", [&](MemoryContents& contents) {
      const auto found = contents.log.find(row.id);
      if (found == contents.log.end() || found->second.cursor != row.cursor) return;
      for (const auto& next : step.rows) append(contents, next.catalogue, next.key);
      found->second.cursor = step.cursor;
      if (step.cursor.empty()) contents.log.erase(found);
    });
  }

  Result<size_t> retry_owed(std::optional<TargetName> returned, size_t keys_max) override {
    size_t moved = 0;
    TRY(change("log.retry_owed", [&](MemoryContents& contents) {
      const BootTime now = server_->clock.boot_now();
      std::erase_if(server_->owed, [&](const auto& entry) {
        const auto& [id, row] = entry;
        const bool is_due = returned ? row.owed.target == *returned : row.due <= now;
        if (!is_due || row.owed.reason == OwedReason::kTooLarge || moved == keys_max) return false;
        append(contents, server_->number_of(row.owed.document), row.owed.key.value);
        ++moved;
        return true;
      });
    }));
    return moved;
  }

  Result<uint64_t> owed_count() override {
    TRY(server_->faults.pass("log.owed_count"));
    const std::lock_guard lock(server_->mutex);
    return server_->owed.size();
  }

 private:
  template <typename Change>
  Result<void> change(const std::string& stage, const Change& change) {
    TRY(server_->faults.pass(stage));
    {
      const std::lock_guard lock(server_->mutex);
      server_->commit(change);
    }
    return server_->faults.pass(stage + " done");
  }

  void append(MemoryContents& contents, uint32_t catalogue, const std::string& key) {
    const LogId id(server_->next_id++);
    contents.log[id] = {.id = id, .catalogue = catalogue, .key = key};
  }

  void owe(const OwedKey& owed) {
    const MemoryServer::OwedId id(owed.target, owed.document, owed.key);
    const uint64_t attempts = ++server_->attempts[id];
    const auto wait =
        std::chrono::seconds(std::min<uint64_t>(300, 1u << std::min<uint64_t>(attempts - 1, 9)));
    auto& row = server_->owed[id];
    const Revision revision = std::max(row.owed.revision, owed.revision);
    row = {owed, server_->clock.boot_now() + wait};
    row.owed.revision = revision;
  }

  void pay(const PaidKeys& paid, const DocumentKey& key) {
    const MemoryServer::OwedId id(paid.target, paid.document, key);
    const auto found = server_->owed.find(id);
    if (found == server_->owed.end() || found->second.owed.revision > paid.revision) return;
    server_->owed.erase(found);
    server_->attempts.erase(id);
  }

  const std::shared_ptr<MemoryServer> server_;
};

class MemoryState final : public State {
 public:
  explicit MemoryState(std::shared_ptr<MemoryServer> server) : server_(std::move(server)) {}

  Result<std::vector<Load>> loads() override {
    std::vector<Load> out;
    TRY(with("state.loads", [&] {
      for (const auto& [id, load] : server_->loads) out.push_back(load);
    }));
    return out;
  }
  Result<void> begin_load(const DocumentName& document, const TargetName& target,
                          Revision first) override {
    return with("state.begin_load", [&] {
      server_->chunks.erase({document, target});
      server_->loads[{document, target}] = {document, target, LoadPhase::kLoading, first};
    });
  }
  Result<void> set_load_phase(const Load& load) override {
    bool is_same = true;
    TRY(with("state.set_load_phase", [&] {
      is_same = load.phase == LoadPhase::kNone || is_begun(load);
      if (is_same) server_->loads[{load.document, load.target}] = load;
    }));
    return is_same ? Result<void>() : transient("the load was begun anew");
  }
  Result<std::vector<Chunk>> chunks(const DocumentName& document,
                                    const TargetName& target) override {
    std::vector<Chunk> out;
    TRY(with("state.chunks", [&] { out = server_->chunks[{document, target}]; }));
    return out;
  }
  Result<void> claim_chunk(std::span<const Load> loads, const Chunk& chunk) override {
    bool is_free = true;
    TRY(with("state.claim_chunk", [&] {
      for (const auto& load : loads) {
        const auto& chunks = server_->chunks[{load.document, load.target}];
        if (!is_begun(load) || chunk.number < chunks.size()) is_free = false;
        CHECK(!is_free || chunk.number == chunks.size());
      }
      if (!is_free) return;
      for (const auto& load : loads) {
        server_->chunks[{load.document, load.target}].push_back(chunk);
      }
    }));
    return is_free ? Result<void>() : transient("the chunk was claimed, or the load begun anew");
  }
  Result<void> finish_chunk(const Load& load, uint64_t number, uint64_t ledger_id,
                            const LedgerEntry& counts) override {
    return with("state.finish_chunk", [&] {
      if (!is_begun(load)) return;
      server_->chunks[{load.document, load.target}].at(number).is_done = true;
      auto& entry = server_->ledger[ledger_id];
      entry.read += counts.read;
      entry.written += counts.written;
      entry.refused_older += counts.refused_older;
      entry.removed += counts.removed;
      entry.owed += counts.owed;
    });
  }
  Result<uint64_t> open_ledger(const LedgerEntry& entry) override {
    uint64_t id = 0;
    TRY(with("state.open_ledger", [&] {
      id = server_->ledger.size() + 1;
      server_->ledger[id] = entry;
      server_->ledger[id].id = id;
    }));
    return id;
  }
  Result<void> update_ledger(const LedgerEntry& entry) override {
    return with("state.update_ledger", [&] { server_->ledger[entry.id] = entry; });
  }
  Result<std::vector<LedgerEntry>> ledger(size_t newest) override {
    std::vector<LedgerEntry> out;
    TRY(with("state.ledger", [&] {
      for (auto e = server_->ledger.rbegin(); e != server_->ledger.rend() && out.size() < newest;
           ++e) {
        out.push_back(e->second);
      }
    }));
    return out;
  }
  Result<std::vector<OwedRow>> owed(size_t rows_max) override {
    std::vector<OwedRow> out;
    TRY(with("state.owed", [&] {
      for (const auto& [id, row] : server_->owed) {
        if (out.size() < rows_max) out.push_back({row.owed, server_->attempts[id], ""});
      }
    }));
    return out;
  }
  Result<uint64_t> drop_owed(const std::optional<TargetName>& target,
                             const std::optional<DocumentName>& document) override {
    uint64_t dropped = 0;
    TRY(with("state.drop_owed", [&] {
      dropped = std::erase_if(server_->owed, [&](const auto& entry) {
        return (!target || entry.second.owed.target == *target) &&
               (!document || entry.second.owed.document == *document);
      });
    }));
    return dropped;
  }
  Result<std::vector<bool>> is_owed(const TargetName& target, const DocumentName& document,
                                    std::span<const DocumentKey> keys) override {
    std::vector<bool> out;
    TRY(with("state.is_owed", [&] {
      for (const auto& key : keys) {
        out.push_back(server_->owed.contains({target, document, key}));
      }
    }));
    return out;
  }
  Result<std::string> get(const std::string& name) override {
    std::string text;
    TRY(with("state.get", [&] { text = server_->texts[name]; }));
    return text;
  }
  Result<void> put(const std::string& name, const std::string& text) override {
    return with("state.put", [&] { server_->texts[name] = text; });
  }

 private:
  /// With `mutex` held.
  bool is_begun(const Load& load) const {
    const auto now = server_->loads.find({load.document, load.target});
    return now == server_->loads.end() || now->second.first == load.first;
  }
  template <typename Action>
  Result<void> with(const std::string& stage, const Action& action) {
    TRY(server_->faults.pass(stage));
    {
      const std::lock_guard lock(server_->mutex);
      action();
    }
    return server_->faults.pass(stage + " done");
  }

  const std::shared_ptr<MemoryServer> server_;
};

}  // namespace syncline::ports
