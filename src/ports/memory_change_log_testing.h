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
      for (const auto& written : settlement.written) server_->note_writes(written);
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

}  // namespace syncline::ports
