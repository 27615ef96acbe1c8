#include "generate/churn_tally.h"

#include <algorithm>
#include <set>

namespace syncline::generate {

Result<void> ChurnTally::count_rows(mysql::Connection& session, const ChurnSchema& schema) {
  std::set<std::string> names;
  for (const ChurnTable& table : schema.tables) {
    names.insert(table.name);
    for (const auto& key : table.foreign_keys) names.insert(key.parent.value);
    for (const auto& hops : table.cascades) names.insert(hops.back().table.value);
  }
  for (const std::string& name : names) {
    const auto count = TRY(session.value("SELECT COUNT(*) FROM " + mysql::quote_name(name)));
    const std::lock_guard lock(mutex_);
    sizes_[name].rows = std::stoull(count.value_or("0"));
    if (schema.table(name)) report_.tables[name].rows = sizes_[name].rows;
  }
  return {};
}

void ChurnTally::hold_sizes() {
  const std::lock_guard lock(mutex_);
  for (auto& [name, size] : sizes_) size.start = size.rows;
}

const ChurnTally::Size* ChurnTally::size(const std::string& table) const {
  const auto found = sizes_.find(table);
  return found == sizes_.end() ? nullptr : &found->second;
}

uint64_t ChurnTally::rows(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  const Size* one = size(table);
  return one ? one->rows : 0;
}

bool ChurnTally::may_grow(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  const Size* one = size(table);
  return one && one->rows < one->start + std::max<uint64_t>(3, one->start / 6);
}

bool ChurnTally::may_shrink(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  const Size* one = size(table);
  return one && one->rows > 1 && one->rows + std::max<uint64_t>(1, one->start / 6) > one->start;
}

void ChurnTally::statement() {
  const std::lock_guard lock(mutex_);
  ++report_.statements;
}

void ChurnTally::refused(const std::string& table, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  ++report_.refused;
  ++report_.tables[table].refused[std::string(reason)];
}

void ChurnTally::committed(const std::map<std::string, Pending>& changes) {
  const std::lock_guard lock(mutex_);
  ++report_.transactions;
  for (const auto& [name, pending] : changes) {
    TableChurn& table = report_.tables[name];
    table.inserted += pending.inserted;
    table.updated += pending.updated;
    table.deleted += pending.deleted;
    uint64_t& rows = sizes_[name].rows;
    rows = rows + pending.inserted;
    rows -= std::min(rows, pending.deleted + pending.cascaded);
    table.rows = rows;
  }
}

void ChurnTally::rolled_back() {
  const std::lock_guard lock(mutex_);
  ++report_.rollbacks;
}

void ChurnTally::lost() {
  const std::lock_guard lock(mutex_);
  ++report_.lost;
}

ChurnReport ChurnTally::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

}  // namespace syncline::generate
