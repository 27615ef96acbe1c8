#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/database.h"
#include "ports/memory_change_log_testing.h"
#include "ports/memory_state_testing.h"
#include "ports/memory_view_testing.h"

namespace syncline::ports {

/// A transaction of the application: log ids are given out by each statement, as MySQL's triggers
/// do, and become visible with the data at commit(). Never committed: rolled back.
class MemoryTransaction {
 public:
  explicit MemoryTransaction(std::shared_ptr<MemoryServer> server) : server_(std::move(server)) {}

  MemoryTransaction& put(const DocumentName& document, const std::string& key,
                         const std::string& value, const std::string& group = "") {
    log(server_->number_of(document), key);
    changes_.push_back([=](MemoryContents& contents) {
      contents.rows[document][DocumentKey(key)] = {value, group};
    });
    return *this;
  }
  MemoryTransaction& remove(const DocumentName& document, const std::string& key) {
    log(server_->number_of(document), key);
    changes_.push_back(
        [=](MemoryContents& contents) { contents.rows[document].erase(DocumentKey(key)); });
    return *this;
  }
  /// Changes a group's text: dirties every document that links to it.
  MemoryTransaction& set_group(const std::string& group, const std::string& text) {
    log(kMemoryGroups, group);
    changes_.push_back([=](MemoryContents& contents) { contents.groups[group] = text; });
    return *this;
  }
  /// A bare log row, of any catalogue number.
  MemoryTransaction& log(uint32_t catalogue, const std::string& key) {
    LogId id;
    {
      const std::lock_guard lock(server_->mutex);
      id = LogId(server_->next_id++);
    }
    changes_.push_back([=](MemoryContents& contents) {
      contents.log[id] = {.id = id, .catalogue = catalogue, .key = key};
    });
    return *this;
  }
  void commit() {
    const std::lock_guard lock(server_->mutex);
    server_->commit([&](MemoryContents& contents) {
      for (const auto& change : changes_) change(contents);
    });
    changes_.clear();
  }

 private:
  const std::shared_ptr<MemoryServer> server_;
  std::vector<std::function<void(MemoryContents&)>> changes_;
};

class MemoryLeadership final : public Leadership {
 public:
  explicit MemoryLeadership(std::shared_ptr<MemoryServer> server) : server_(std::move(server)) {}
  ~MemoryLeadership() override { release(); }
  Result<bool> try_take() override {
    TRY(server_->faults.pass("leadership.try_take"));
    const std::lock_guard lock(server_->mutex);
    if (!holds_ && server_->is_led) return false;
    holds_ = server_->is_led = true;
    return true;
  }
  Result<void> beat() override {
    TRY(server_->faults.pass("leadership.beat"));
    const std::lock_guard lock(server_->mutex);
    if (!holds_ || !server_->is_led) return conflict("the streaming lock was lost");
    return {};
  }
  void release() override {
    const std::lock_guard lock(server_->mutex);
    if (holds_) server_->is_led = false;
    holds_ = false;
  }

 private:
  const std::shared_ptr<MemoryServer> server_;
  bool holds_ = false;
};

/// ports::Database in memory: real snapshots, a change log with late commits, all durable records.
/// Outlives a "killed" process: tests make a new one's parts over the same database.
class MemoryDatabase final : public Database {
 public:
  MemoryDatabase(Clock& clock, std::span<const DocumentPlan> plans)
      : server_(std::make_shared<MemoryServer>(clock)) {
    for (const auto& plan : plans) server_->documents.push_back(plan.name);
  }

  std::unique_ptr<Reader> reader() override { return std::make_unique<MemoryReader>(server_); }
  std::unique_ptr<ChangeLog> change_log() override {
    return std::make_unique<MemoryChangeLog>(server_);
  }
  std::unique_ptr<State> state() override { return std::make_unique<MemoryState>(server_); }
  std::unique_ptr<Leadership> leadership() override {
    return std::make_unique<MemoryLeadership>(server_);
  }
  Result<Revision> newest() override {
    TRY(server_->faults.pass("newest"));
    const std::lock_guard lock(server_->mutex);
    return server_->newest;
  }
  void expect(Generation generation, Revision known) override {
    const std::lock_guard lock(server_->mutex);
    server_->expected = generation;
    server_->known = known;
  }

  MemoryTransaction begin() { return MemoryTransaction(server_); }
  Faults& faults() { return server_->faults; }

  /// Another engine took over with a changed definition.
  void raise_generation() {
    const std::lock_guard lock(server_->mutex);
    ++server_->generation.value;
  }
  /// What is committed now.
  std::shared_ptr<const MemoryContents> contents() const {
    const std::lock_guard lock(server_->mutex);
    return server_->contents;
  }
  /// Each document as "key|value|group", by key.
  std::map<DocumentKey, std::string> documents(const DocumentName& name) const {
    const auto now = contents();
    std::map<DocumentKey, std::string> out;
    const auto found = now->rows.find(name);
    if (found == now->rows.end()) return out;
    for (const auto& [key, row] : found->second) {
      out[key] = memory_text(memory_record(*now, key, row));
    }
    return out;
  }

 private:
  const std::shared_ptr<MemoryServer> server_;
};

}  // namespace syncline::ports
