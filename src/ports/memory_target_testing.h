#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/memory_store_testing.h"
#include "ports/target.h"

namespace syncline::ports {

/// A connection to a MemoryStore: guarded writes, tombstones, floor and age fence, as docs/targets
/// and ports/target.h demand of every target.
class MemoryTarget final : public Target {
 public:
  MemoryTarget(TargetName name, MemoryStore& store) : name_(std::move(name)), store_(store) {}

  const TargetName& name() const override { return name_; }

  Result<StateRecord> prepare(std::span<const DocumentPlan> plans, bool adopt) override {
    return call<StateRecord>(adopt ? "adopt" : "prepare", [&] {
      StateRecord state{.revision = store_.state_revision};
      for (const auto& plan : plans) state.writes[plan.name] = store_.counters[plan.name];
      return state;
    });
  }
  Result<void> raise_floor(const DocumentPlan& plan, Revision floor) override {
    return act("raise_floor", [&] {
      auto& now = store_.floors[plan.name];
      now = std::max(now, floor);
    });
  }
  Result<WriteOutcome> write(const WriteBatch& batch) override {
    TRY(enter("write"));
    WriteOutcome outcome;
    {
      const std::lock_guard lock(store_.mutex);
      if (store_.clock.boot_now() - batch.taken_on > store_.age_fence) {
        return too_old("the batch is past the age fence");
      }
      if (auto error = std::exchange(store_.next_write_error, std::nullopt)) return *error;
      auto& counter = store_.counters[batch.plan.name];
      if (counter < batch.writes_before) return transient(name_.value + " forgot");
      store_.state_revision = std::max(store_.state_revision, batch.revision);
      for (size_t i = 0; i < batch.images.size(); ++i) write_one(batch, i, outcome);
      if (!batch.images.empty()) outcome.writes = ++counter;
    }
    TRY(store_.faults.pass(name_.value + ".write done"));
    return outcome;
  }
  Result<void> raise_writes(const DocumentPlan& plan, uint64_t at_least) override {
    return act("raise_writes", [&] {
      auto& counter = store_.counters[plan.name];
      counter = std::max(counter, at_least);
    });
  }
  Result<std::vector<StoredRecord>> read(const DocumentPlan& plan,
                                         std::span<const DocumentKey> keys) override {
    return call<std::vector<StoredRecord>>("read", [&] {
      std::vector<StoredRecord> out;
      for (const auto& key : keys) out.push_back(stored(plan.name, key));
      return out;
    });
  }
  Result<Digest> expected(const DocumentPlan&, const Image& image) override {
    return digest_of(memory_text(*image.record));
  }
  Result<WalkPage> walk(const DocumentPlan& plan, const std::string& cursor, Revision below,
                        size_t keys_about) override {
    return call<WalkPage>("walk", [&] {
      WalkPage page;
      const auto& records = store_.records[plan.name];
      auto record = cursor.empty() ? records.begin() : records.upper_bound(DocumentKey(cursor));
      for (; record != records.end(); ++record) {
        if (page.keys.size() == keys_about) return page;
        page.cursor = record->first.value;
        const Revision revision = record->second.revision;
        if (below.value != 0 && revision >= below) continue;
        if (revision.value == 0) {
          page.foreign.push_back(record->first.value);
        } else {
          page.keys.push_back(record->first);
          page.revisions.push_back(revision);
        }
      }
      page.cursor.clear();
      return page;
    });
  }
  Result<void> replace_from_future(const DocumentPlan& plan, const Image& image, Revision revision,
                                   Revision bogus) override {
    return act("replace_from_future", [&] {
      auto& records = store_.records[plan.name];
      auto& tombstones = store_.tombstones[plan.name];
      const auto record = records.find(image.key);
      const bool is_bogus_record = record != records.end() && record->second.revision == bogus;
      const auto tombstone = tombstones.find(image.key);
      const bool is_bogus_tombstone = tombstone != tombstones.end() && tombstone->second == bogus;
      if (!is_bogus_record && !is_bogus_tombstone) return;
      if (is_bogus_record) records.erase(record);
      if (is_bogus_tombstone) tombstones.erase(tombstone);
      if (image.record) records[image.key] = {revision, *image.record};
      if (!image.record) tombstones[image.key] = revision;
    });
  }
  Result<void> tend(std::span<const DocumentPlan>, bool) override {
    return act("tend", [&] { ++store_.tends; });
  }
  Result<uint64_t> purge(const DocumentPlan& plan) override {
    return call<uint64_t>("purge", [&] {
      const uint64_t removed = store_.records[plan.name].size();
      store_.records.erase(plan.name);
      store_.tombstones.erase(plan.name);
      store_.floors.erase(plan.name);
      return removed;
    });
  }
  Result<uint64_t> count(const DocumentPlan& plan) override {
    return call<uint64_t>("count", [&] { return store_.records[plan.name].size(); });
  }
  bool may_expire() const override { return store_.may_expire; }
  Result<std::string> show(const DocumentPlan& plan, const DocumentKey& key) override {
    return call<std::string>("show", [&] {
      const auto record = store_.records[plan.name].find(key);
      if (record == store_.records[plan.name].end()) return std::string();
      return memory_text(record->second.content);
    });
  }

 private:
  Result<void> enter(const std::string& stage) {
    TRY(store_.faults.pass(name_.value + "." + stage));
    const std::lock_guard lock(store_.mutex);
    if (store_.is_away) return transient(name_.value + " is away");
    return {};
  }
  template <typename Action>
  Result<void> act(const std::string& stage, const Action& action) {
    TRY(enter(stage));
    {
      const std::lock_guard lock(store_.mutex);
      action();
    }
    return store_.faults.pass(name_.value + "." + stage + " done");
  }
  template <typename T, typename Action>
  Result<T> call(const std::string& stage, const Action& action) {
    std::optional<T> value;
    TRY(act(stage, [&] { value = action(); }));
    return std::move(*value);
  }

  void write_one(const WriteBatch& batch, size_t index, WriteOutcome& outcome) {
    const Image& image = batch.images[index];
    ++store_.writes;
    if (const auto refused = store_.refused.find(image.key);
        refused != store_.refused.end() && image.record) {
      outcome.refused.push_back({index, refused->second, "refused by the test"});
      return;
    }
    auto& records = store_.records[batch.plan.name];
    auto& tombstones = store_.tombstones[batch.plan.name];
    const StoredRecord now = stored(batch.plan.name, image.key);
    const Revision newest = std::max({now.revision, now.tombstone, store_.floors[batch.plan.name]});
    if (newest > batch.revision) {
      ++outcome.older;
    } else if (image.record) {
      records[image.key] = {batch.revision, *image.record};
      tombstones.erase(image.key);
      ++outcome.written;
    } else {
      records.erase(image.key);
      tombstones[image.key] = batch.revision;
      ++outcome.removed;
    }
  }

  StoredRecord stored(const DocumentName& document, const DocumentKey& key) {
    StoredRecord out{.key = key};
    const auto& records = store_.records[document];
    if (const auto record = records.find(key); record != records.end()) {
      out.is_present = true;
      out.is_foreign = record->second.revision.value == 0;
      out.revision = record->second.revision;
      out.content = digest_of(memory_text(record->second.content));
    }
    const auto& tombstones = store_.tombstones[document];
    if (const auto found = tombstones.find(key); found != tombstones.end()) {
      out.tombstone = found->second;
    }
    return out;
  }

  const TargetName name_;
  MemoryStore& store_;
};

class MemoryConnector final : public TargetConnector {
 public:
  MemoryConnector(std::string name, MemoryStore& store) : name_(std::move(name)), store_(store) {}
  const TargetName& name() const override { return name_; }
  Result<std::unique_ptr<Target>> connect() override {
    TRY(store_.faults.pass(name_.value + ".connect"));
    const std::lock_guard lock(store_.mutex);
    if (store_.is_away) return transient(name_.value + " is away");
    return std::unique_ptr<Target>(std::make_unique<MemoryTarget>(name_, store_));
  }

 private:
  const TargetName name_;
  MemoryStore& store_;
};

}  // namespace syncline::ports
