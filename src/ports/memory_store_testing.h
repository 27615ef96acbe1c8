#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "ports/faults_testing.h"
#include "ports/memory_contents_testing.h"
#include "ports/target.h"

namespace syncline::ports {

/// A store in memory, with what a test may do to it. Safe for concurrent use: take `mutex` to look
/// inside or to injure it.
struct MemoryStore {
  struct Record {
    Revision revision;  ///< 0: foreign
    document::Record content;
  };
  using Records = std::map<DocumentKey, Record>;

  Clock& clock;
  std::chrono::nanoseconds age_fence = std::chrono::seconds(60);
  Faults faults;

  mutable std::mutex mutex;
  bool is_away = false;
  bool may_expire = false;
  std::optional<Error> next_write_error;  ///< fails one write, with nothing written
  std::map<DocumentKey, OwedReason> refused;
  std::map<DocumentName, Records> records;
  std::map<DocumentName, std::map<DocumentKey, Revision>> tombstones;
  std::map<DocumentName, Revision> floors;
  Revision state_revision;
  std::map<DocumentName, uint64_t> counters;  ///< of the state records
  uint64_t writes = 0;  ///< images that reached the store, refused ones included
  uint64_t tends = 0;

  explicit MemoryStore(Clock& c) : clock(c) {}

  void set_away(bool away) {
    const std::lock_guard lock(mutex);
    is_away = away;
  }
  /// As if it had been restarted without persistence.
  void forget_everything() {
    const std::lock_guard lock(mutex);
    records.clear();
    tombstones.clear();
    floors.clear();
    counters.clear();
    state_revision = {};
  }
  /// Each document as "key|value|group", by key.
  std::map<DocumentKey, std::string> documents(const DocumentName& name) const {
    const std::lock_guard lock(mutex);
    std::map<DocumentKey, std::string> out;
    const auto found = records.find(name);
    if (found == records.end()) return out;
    for (const auto& [key, record] : found->second) out[key] = memory_text(record.content);
    return out;
  }
};

}  // namespace syncline::ports
