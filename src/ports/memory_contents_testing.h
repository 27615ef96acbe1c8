#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "ports/change_log.h"
#include "ports/faults_testing.h"
#include "ports/source.h"
#include "ports/state.h"

namespace syncline::ports {

/// One row of a document's table. Its document is {id, value, group: the group's text or null}.
struct MemoryRow {
  std::string value;
  std::string group;  ///< a link; empty: none
};

/// Everything a view can see at one moment.
struct MemoryContents {
  std::map<DocumentName, std::map<DocumentKey, MemoryRow>> rows;
  std::map<std::string, std::string> groups;
  std::map<LogId, LogRow> log;
};

/// Catalogue numbers: a document type's place in `MemoryServer::documents`, from 1; then these.
constexpr uint32_t kMemoryGroups = 1000;
constexpr uint32_t kMemoryUnknown = 9999;  ///< of a newer generation

struct MemoryOwed {
  OwedKey owed;
  BootTime due{};
};

/// What the sessions of a MemoryDatabase share. Guarded by `mutex`, except `contents` behind its
/// pointer, which never changes.
struct MemoryServer {
  using OwedId = std::tuple<TargetName, DocumentName, DocumentKey>;
  using LoadId = std::pair<DocumentName, TargetName>;

  Clock& clock;
  std::vector<DocumentName> documents;
  Faults faults;

  mutable std::mutex mutex;
  std::shared_ptr<const MemoryContents> contents = std::make_shared<MemoryContents>();
  uint64_t next_id = 1;
  Revision newest;
  Revision known;
  Generation generation{1}, expected{1};
  std::map<LoadId, Load> loads;
  std::map<LoadId, std::vector<Chunk>> chunks;
  std::map<uint64_t, LedgerEntry> ledger;
  std::map<OwedId, MemoryOwed> owed;
  std::map<OwedId, uint64_t> attempts;
  std::map<std::string, std::string> texts;
  std::map<std::pair<TargetName, DocumentName>, uint64_t> write_counts;
  bool is_led = false;

  explicit MemoryServer(Clock& c) : clock(c) {}

  /// Commits a change of the contents; call with `mutex` held.
  template <typename Change>
  void commit(const Change& change) {
    auto next = std::make_shared<MemoryContents>(*contents);
    change(*next);
    contents = std::move(next);
  }

  /// With `mutex` held. True when it rose.
  bool note_writes(const WriteCount& noted) {
    auto& count = write_counts[{noted.target, noted.document}];
    const bool has_risen = noted.count > count;
    if (has_risen) count = noted.count;
    return has_risen;
  }

  uint32_t number_of(const DocumentName& name) const {
    for (size_t i = 0; i < documents.size(); ++i) {
      if (documents[i] == name) return static_cast<uint32_t>(i + 1);
    }
    return 0;
  }
};

/// The plan of a memory document: key column "id", fields "id", "value" and "group".
inline DocumentPlan memory_plan(const std::string& name) {
  using namespace document;
  ColumnType text{.kind = TypeKind::kText, .declared = "varchar(64)", .length = 64};
  auto shape = std::make_shared<Shape>();
  DocumentPlan plan;
  plan.name = DocumentName(name);
  plan.hash = "hash of " + name;
  plan.root.name = name;
  plan.root.table = TableName(name);
  plan.root.key = {{.name = "id", .type = text}};
  for (const char* field : {"id", "value", "group"}) {
    plan.root.fields.push_back({.name = field, .column = field, .type = text});
    shape->fields.push_back({.name = field, .type = text});
  }
  plan.root.shape = shape;
  return plan;
}

/// The document of a row, as every view reads it.
inline document::Record memory_record(const MemoryContents& contents, const DocumentKey& key,
                                      const MemoryRow& row) {
  document::Record record;
  record.values.emplace_back(key.value);
  record.values.emplace_back(row.value);
  const auto group = contents.groups.find(row.group);
  if (group == contents.groups.end()) {
    record.values.emplace_back(std::monostate());
  } else {
    record.values.emplace_back(group->second);
  }
  return record;
}

/// "key|value|group" of a record: two records with the same text are the same.
inline std::string memory_text(const document::Record& record) {
  std::string out;
  for (const auto& value : record.values) {
    if (!out.empty()) out += '|';
    const auto* text = std::get_if<std::string>(&value);
    out += text ? *text : "null";
  }
  return out;
}

}  // namespace syncline::ports
