#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/memory_contents_testing.h"

namespace syncline::ports {

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
  Result<Revision> begin_load(const DocumentName& document, const TargetName& target,
                              Revision first) override {
    TRY(with("state.begin_load", [&] {
      first = std::max(first, server_->newest);
      server_->chunks.erase({document, target});
      server_->loads[{document, target}] = {document, target, LoadPhase::kLoading, first};
    }));
    return first;
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
                            const LedgerEntry& counts, uint64_t writes) override {
    return with("state.finish_chunk", [&] {
      if (writes > 0) server_->note_writes({load.target, load.document, writes});
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
  Result<std::vector<WriteCount>> write_counts() override {
    std::vector<WriteCount> out;
    TRY(with("state.write_counts", [&] {
      for (const auto& [id, count] : server_->write_counts) {
        out.push_back({id.first, id.second, count});
      }
    }));
    return out;
  }
  Result<bool> note_loss(const TargetName& target, std::span<const WriteCount> counts,
                         const std::string& detail) override {
    bool is_first = false;
    TRY(with("state.note_loss", [&] {
      for (const auto& count : counts) is_first = server_->note_writes(count) || is_first;
      if (!is_first) return;
      for (auto& [id, load] : server_->loads) {
        if (id.second == target) load = {.document = id.first, .target = target};
      }
      server_->texts["lost:" + target.value] = detail;
    }));
    return is_first;
  }
  Result<void> forget_writes(const DocumentName& document, const TargetName& target) override {
    return with("state.forget_writes", [&] { server_->write_counts.erase({target, document}); });
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
