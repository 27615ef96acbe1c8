#include "mongo/tombstones.h"

#include <algorithm>
#include <string>

#include "mongo/errors.h"
#include "mongo/record_bson.h"
#include "mongo/statements.h"

namespace syncline::mongo {

namespace {

constexpr const char* kCollection = "syncline_tombstones";
constexpr const char* kKeyPath = "_id.k";
constexpr int64_t kPage = 1000;
constexpr int kPagesPerTend = 20;  // so that it stays short; the rest waits for the next call

void append_owner(const DocumentPlan& plan, bson_t* out) {
  BSON_APPEND_UTF8(out, "d", plan.name.value.c_str());
}

void append_floor_id(const DocumentPlan& plan, std::string_view name, bson_t* out) {
  Nested id(out, name, Nested::kDocument);
  append_owner(plan, id.get());
}

Result<void> append_tombstone_id(const DocumentPlan& plan, const DocumentKey& key,
                                 std::string_view name, bson_t* out) {
  Nested id(out, name, Nested::kDocument);
  append_owner(plan, id.get());
  return append_id(plan.key(), key, "k", id.get());
}

/// The key inside {_id: {d, k}}; nothing for a floor.
std::optional<DocumentKey> key_of(const DocumentPlan& plan, const bson_t& tombstone) {
  bson_iter_t at;
  bson_iter_t key;
  if (!bson_iter_init(&at, &tombstone) || !bson_iter_find_descendant(&at, kKeyPath, &key))
    return {};
  return key_of_id(plan.key(), key);
}

bool is_floor(const bson_t& tombstone) {
  bson_iter_t at;
  bson_iter_t key;
  return bson_iter_init(&at, &tombstone) && !bson_iter_find_descendant(&at, kKeyPath, &key);
}

void append_index(bson_t* indexes, uint32_t number, const char* name, const char* second) {
  Nested index(indexes, ArrayIndex(number).text(), Nested::kDocument);
  BSON_APPEND_UTF8(index.get(), "name", name);
  Nested key(index.get(), "key", Nested::kDocument);
  BSON_APPEND_INT32(key.get(), "d", 1);
  BSON_APPEND_INT32(key.get(), second, 1);
}

/// Options of a find: only what a tombstone is compared by.
void append_find_options(bson_t* options, int64_t limit, bool is_sorted_by_id) {
  {
    Nested projection(options, "projection", Nested::kDocument);
    BSON_APPEND_INT32(projection.get(), kRevisionField, 1);
  }
  if (is_sorted_by_id) {
    Nested sort(options, "sort", Nested::kDocument);
    BSON_APPEND_INT32(sort.get(), "_id", 1);
  }
  BSON_APPEND_INT64(options, "limit", limit);
}

/// {_id: {$in: [tombstone ids of these keys, the floor]}}
Result<void> append_ids(const DocumentPlan& plan, std::span<const DocumentKey> keys,
                        bool with_floor, bson_t* filter) {
  Nested id(filter, "_id", Nested::kDocument);
  Nested in(id.get(), "$in", Nested::kArray);
  uint32_t i = 0;
  for (const DocumentKey& key : keys) {
    TRY(append_tombstone_id(plan, key, ArrayIndex(i++).text(), in.get()));
  }
  if (with_floor) append_floor_id(plan, ArrayIndex(i).text(), in.get());
  return {};
}

/// Fills an upsert that lets a tombstone, or the floor if `key` is null, only rise.
Result<void> append_raise(const DocumentPlan& plan, const DocumentKey* key, Revision revision,
                          std::chrono::milliseconds now, bson_t* statement) {
  {
    Nested query(statement, "q", Nested::kDocument);
    if (key == nullptr) append_floor_id(plan, "_id", query.get());
    if (key != nullptr) TRY(append_tombstone_id(plan, *key, "_id", query.get()));
  }
  {
    Nested update(statement, "u", Nested::kDocument);
    {
      Nested max(update.get(), "$max", Nested::kDocument);
      BSON_APPEND_INT64(max.get(), kRevisionField, static_cast<int64_t>(revision.value));
    }
    Nested set(update.get(), "$set", Nested::kDocument);
    append_owner(plan, set.get());
    if (key != nullptr) BSON_APPEND_DATE_TIME(set.get(), "at", now.count());
  }
  BSON_APPEND_BOOL(statement, "upsert", true);
  return {};
}

/// Borrows the bytes.
bson_t view_of(const std::string& bytes) {
  bson_t view;
  CHECK(bson_init_static(&view, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  return view;
}

/// {$gt: the _id of this tombstone}; of the floor, which sorts before all of its type, if empty.
void append_last_id(const DocumentPlan& plan, const std::string& last, bson_t* condition) {
  if (last.empty()) return append_floor_id(plan, "$gt", condition);
  const bson_t tombstone = view_of(last);
  bson_iter_t id;
  CHECK(bson_iter_init_find(&id, &tombstone, "_id"));
  bson_append_iter(condition, "$gt", -1, &id);
}

/// Calls `act` with at most kPage keys at a time.
template <typename Act>
Result<void> in_pages(std::span<const DocumentKey> keys, Act act) {
  while (!keys.empty()) {
    const size_t count = std::min<size_t>(kPage, keys.size());
    TRY(act(keys.first(count)));
    keys = keys.subspan(count);
  }
  return {};
}

}  // namespace

Result<void> Tombstones::prepare() {
  Bson create;
  BSON_APPEND_UTF8(create.get(), "createIndexes", kCollection);
  {
    Nested indexes(create.get(), "indexes", Nested::kArray);
    append_index(indexes.get(), 0, "revision", kRevisionField);
    append_index(indexes.get(), 1, "age", "at");
  }
  Bson reply;
  return store_.run(*create.get(), reply);
}

Result<Newer> Tombstones::newer(const DocumentPlan& plan, Revision revision,
                                std::span<const DocumentKey> keys) {
  Newer newer;
  bool has_any = false;
  {
    Bson filter;
    append_owner(plan, filter.get());
    append_guard(above(revision), filter.get());
    Bson options;
    append_find_options(options.get(), 1, false);
    TRY(store_.find(kCollection, *filter.get(), *options.get(), [&](const bson_t&) {
      has_any = true;
      return Result<void>();
    }));
  }
  if (!has_any) return newer;
  TRY(in_pages(keys, [&](std::span<const DocumentKey> page) -> Result<void> {
    Bson filter;
    TRY(append_ids(plan, page, /*with_floor=*/true, filter.get()));
    append_guard(above(revision), filter.get());
    Bson options;
    append_find_options(options.get(), kPage + 1, false);
    return store_.find(kCollection, *filter.get(), *options.get(), [&](const bson_t& tombstone) {
      newer.is_floor = newer.is_floor || is_floor(tombstone);
      if (auto key = key_of(plan, tombstone)) newer.keys.insert(std::move(*key));
      return Result<void>();
    });
  }));
  return newer;
}

Result<std::unordered_map<DocumentKey, Revision>> Tombstones::read(
    const DocumentPlan& plan, std::span<const DocumentKey> keys) {
  std::unordered_map<DocumentKey, Revision> found;
  TRY(in_pages(keys, [&](std::span<const DocumentKey> page) -> Result<void> {
    Bson filter;
    TRY(append_ids(plan, page, /*with_floor=*/false, filter.get()));
    Bson options;
    append_find_options(options.get(), kPage, false);
    return store_.find(kCollection, *filter.get(), *options.get(), [&](const bson_t& tombstone) {
      auto key = key_of(plan, tombstone);
      if (key) found[std::move(*key)] = revision_of(tombstone).value_or(Revision());
      return Result<void>();
    });
  }));
  return found;
}

Result<void> Tombstones::raise(const DocumentPlan& plan, Revision revision,
                               std::span<const DocumentKey> keys,
                               const WriteCommand::Permission& permission) {
  std::vector<const DocumentKey*> all;
  for (const DocumentKey& key : keys) all.push_back(&key);
  return raise_all(plan, revision, std::move(all), permission);
}

Result<void> Tombstones::raise_floor(const DocumentPlan& plan, Revision floor) {
  return raise_all(plan, floor, {nullptr}, {});
}

Result<void> Tombstones::raise_all(const DocumentPlan& plan, Revision revision,
                                   std::vector<const DocumentKey*> keys,
                                   const WriteCommand::Permission& permission) {
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall_now().time_since_epoch());
  // Of two writers that insert the same tombstone at once, one meets 11000: now it is there.
  for (int attempt = 0; attempt < 3 && !keys.empty(); ++attempt) {
    WriteCommand command(store_, WriteCommand::kUpdate, kCollection, permission);
    for (const DocumentKey* key : keys) {
      TRY(command.add(
          [&](bson_t* statement) { return append_raise(plan, key, revision, now, statement); }));
    }
    std::vector<const DocumentKey*> again;
    const WriteReply reply = TRY(command.finish());
    for (const WriteError& error : reply.errors) {
      if (error.code != kDuplicateKey) {
        return error_of_code(error.code, error.message, store_.where());
      }
      again.push_back(keys[error.index]);
    }
    keys = std::move(again);
  }
  if (keys.empty()) return {};
  return transient(store_.where() + ": others write the tombstones of " + plan.name.value);
}

Result<bool> Tombstones::remove_exactly(const DocumentPlan& plan, const DocumentKey& key,
                                        Revision revision) {
  WriteCommand command(store_, WriteCommand::kDelete, kCollection);
  TRY(command.add([&](bson_t* statement) -> Result<void> {
    {
      Nested query(statement, "q", Nested::kDocument);
      TRY(append_tombstone_id(plan, key, "_id", query.get()));
      append_guard(exactly(revision), query.get());
    }
    BSON_APPEND_INT32(statement, "limit", 1);
    return {};
  }));
  return TRY(command.finish_all()) > 0;
}

Result<Tombstones::Page> Tombstones::page(const bson_t& filter, bool is_sorted_by_id) {
  Bson options;
  append_find_options(options.get(), kPage, is_sorted_by_id);
  Page found;
  TRY(store_.find(kCollection, filter, *options.get(), [&](const bson_t& tombstone) {
    found.emplace_back(reinterpret_cast<const char*>(bson_get_data(&tombstone)), tombstone.len);
    return Result<void>();
  }));
  return found;
}

Result<void> Tombstones::mend(const DocumentPlan& plan, const Page& tombstones) {
  // Nearly always there is nothing to delete, and a question costs less than a thousand deletes.
  if (!TRY(has_records_below(plan, tombstones))) return {};
  return delete_by(tombstones, plan.name.value, kKeyPath, Guard::kBelow);
}

Result<bool> Tombstones::has_records_below(const DocumentPlan& plan, const Page& tombstones) {
  Revision highest;
  Bson filter;
  {
    Nested id(filter.get(), "_id", Nested::kDocument);
    Nested in(id.get(), "$in", Nested::kArray);
    uint32_t i = 0;
    for (const std::string& bytes : tombstones) {
      const bson_t tombstone = view_of(bytes);
      bson_iter_t at;
      bson_iter_t key;
      highest = std::max(highest, revision_of(tombstone).value_or(Revision()));
      if (!bson_iter_init(&at, &tombstone) || !bson_iter_find_descendant(&at, kKeyPath, &key)) {
        continue;
      }
      bson_append_iter(in.get(), ArrayIndex(i++).text().data(), -1, &key);
    }
  }
  append_guard(below(highest), filter.get());
  Bson options;
  append_find_options(options.get(), 1, /*is_sorted_by_id=*/false);
  bool has_any = false;
  TRY(store_.find(plan.name.value, *filter.get(), *options.get(), [&](const bson_t&) {
    has_any = true;
    return Result<void>();
  }));
  return has_any;
}

Result<void> Tombstones::remove(const Page& tombstones) {
  return delete_by(tombstones, kCollection, "_id", Guard::kExactly);
}

Result<void> Tombstones::delete_by(const Page& tombstones, const std::string& collection,
                                   const char* id_path, Guard::Relation relation) {
  WriteCommand command(store_, WriteCommand::kDelete, collection);
  for (const std::string& bytes : tombstones) {
    bson_t tombstone;
    bson_iter_t at;
    bson_iter_t id;
    CHECK(
        bson_init_static(&tombstone, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    if (!bson_iter_init(&at, &tombstone) || !bson_iter_find_descendant(&at, id_path, &id)) continue;
    TRY(command.add([&](bson_t* statement) -> Result<void> {
      {
        Nested query(statement, "q", Nested::kDocument);
        bson_append_iter(query.get(), "_id", -1, &id);
        append_guard({relation, revision_of(tombstone).value_or(Revision())}, query.get());
      }
      BSON_APPEND_INT32(statement, "limit", 1);
      return {};
    }));
  }
  TRY(command.finish_all());
  return {};
}

Result<void> Tombstones::tend(const DocumentPlan& plan, bool everything) {
  if (everything) TRY(mend_young(plan));
  return expire(plan);
}

Result<void> Tombstones::expire(const DocumentPlan& plan) {
  const auto due = std::chrono::duration_cast<std::chrono::milliseconds>(
      (clock_.wall_now() - age_max_ * 3 / 4).time_since_epoch());
  Bson filter;
  append_owner(plan, filter.get());
  {
    Nested at(filter.get(), "at", Nested::kDocument);
    BSON_APPEND_DATE_TIME(at.get(), "$lt", due.count());
  }
  for (int pages = 0; pages < kPagesPerTend; ++pages) {
    const Page old = TRY(page(*filter.get(), /*is_sorted_by_id=*/false));
    // First what a writer left that died between its write and its last look.
    TRY(mend(plan, old));
    TRY(remove(old));
    if (std::ssize(old) < kPage) break;
  }
  return {};
}

Result<void> Tombstones::mend_young(const DocumentPlan& plan) {
  std::string last;  // the tombstone that the page before ended with
  while (true) {
    Bson filter;
    {
      Nested id(filter.get(), "_id", Nested::kDocument);
      append_last_id(plan, last, id.get());
      Nested end(id.get(), "$lt", Nested::kDocument);
      append_owner(plan, end.get());
      BSON_APPEND_MAXKEY(end.get(), "k");
    }
    Page young = TRY(page(*filter.get(), /*is_sorted_by_id=*/true));
    if (young.empty()) return {};
    TRY(mend(plan, young));
    last = std::move(young.back());
  }
}

Result<void> Tombstones::purge(const DocumentPlan& plan) {
  Bson filter;
  append_owner(plan, filter.get());
  while (true) {
    const Page all = TRY(page(*filter.get(), /*is_sorted_by_id=*/false));
    if (all.empty()) return {};
    TRY(remove(all));
  }
}

}  // namespace syncline::mongo
