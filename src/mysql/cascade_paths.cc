#include "mysql/cascade_paths.h"

#include <algorithm>

namespace syncline::mysql {

using document::ForeignKey;
using document::ReferentialAction;
using document::Schema;
using document::TableName;

namespace {

/// What the server does to the rows of a table on a path.
struct Effect {
  TableName table;
  bool is_deleted = false;
  std::vector<std::string> updated;  ///< columns; of the first table: all
};

bool is_any_in(const std::vector<std::string>& columns, const std::vector<std::string>& among) {
  return std::ranges::any_of(columns, [&](const std::string& column) {
    return std::ranges::find(among, column) != among.end();
  });
}

class Walk {
 public:
  explicit Walk(const Schema& schema) : schema_(schema) {}

  void from(const Effect& effect) {
    seen_.push_back(effect);
    for (const ForeignKey& key : schema_.foreign_keys) {
      if (key.parent == effect.table) follow(effect, key);
    }
    seen_.pop_back();
  }

  std::vector<CascadePath> paths;

 private:
  void follow(const Effect& effect, const ForeignKey& key) {
    const ReferentialAction action = effect.is_deleted ? key.on_delete : key.on_update;
    const bool is_touched =
        effect.is_deleted || seen_.size() == 1 || is_any_in(key.parent_columns, effect.updated);
    if (action == ReferentialAction::kNone || !is_touched) return;
    Effect next{.table = key.table};
    next.is_deleted = effect.is_deleted && action == ReferentialAction::kCascade;
    if (!next.is_deleted) next.updated = key.columns;
    const bool is_repeated = std::ranges::any_of(seen_, [&](const Effect& earlier) {
      return earlier.table == next.table && earlier.is_deleted == next.is_deleted;
    });
    // An update that comes back to a table it has updated is refused by the server.
    if (is_repeated && !next.is_deleted) return;
    hops_.push_back(&key);
    set_nulls_ += action == ReferentialAction::kSetNull;
    paths.push_back({hops_, set_nulls_ > 0, is_repeated});
    if (!is_repeated) from(next);
    set_nulls_ -= action == ReferentialAction::kSetNull;
    hops_.pop_back();
  }

  const Schema& schema_;
  std::vector<Effect> seen_;
  std::vector<const ForeignKey*> hops_;
  int set_nulls_ = 0;
};

}  // namespace

std::vector<CascadePath> delete_paths(const Schema& schema, const TableName& table) {
  Walk walk(schema);
  walk.from({.table = table, .is_deleted = true});
  return std::move(walk.paths);
}

std::vector<CascadePath> update_paths(const Schema& schema, const TableName& table) {
  Walk walk(schema);
  walk.from({.table = table, .is_deleted = false});
  return std::move(walk.paths);
}

const ForeignKey* endless_key(const std::vector<CascadePath>& paths, const CascadePath& path) {
  for (const CascadePath& endless : paths) {
    if (!endless.is_endless) continue;
    const ForeignKey& last = *endless.hops.back();
    const bool is_felt = std::ranges::any_of(path.hops, [&](const ForeignKey* hop) {
      return hop->table == last.table || hop->parent == last.table;
    });
    if (is_felt) return &last;
  }
  return nullptr;
}

}  // namespace syncline::mysql
