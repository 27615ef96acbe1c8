#include "mongo/mongo_target.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mongo/errors.h"
#include "mongo/guarded_write.h"
#include "mongo/handles.h"
#include "mongo/ownership.h"
#include "mongo/record_bson.h"
#include "mongo/statements.h"
#include "mongo/store.h"
#include "mongo/tombstones.h"
#include "mongo/walk.h"
#include "mongo/write_command.h"

namespace syncline::mongo {

using document::DocumentKey;
using document::DocumentPlan;
using document::Image;
using document::Revision;
using document::TargetName;

namespace {

constexpr int64_t kPurgePage = 1000;

/// What a replacement document cannot hold; further down any name will do.
Result<void> check_names(const DocumentPlan& plan) {
  for (const document::Field& field : plan.root.shape->fields) {
    if (!field.name.starts_with('$')) continue;
    return invalid("MongoDB takes no field \"" + field.name + "\" at the top of a document of " +
                       plan.name.value,
                   "give it a name without $ under fields in the pipeline file");
  }
  return {};
}

class MongoTarget final : public ports::Target {
 public:
  MongoTarget(std::unique_ptr<Store> store, const config::Options& options,
              const ports::Identity& identity, const Clock& clock)
      : options_(options),
        store_(std::move(store)),
        ownership_(*store_, identity),
        tombstones_(*store_, clock, options.mongodb_tombstone_ttl),
        context_{*store_, ownership_, tombstones_, options_, clock} {}

  const TargetName& name() const override { return name_; }

  Result<ports::StateRecord> prepare(std::span<const DocumentPlan> plans, bool adopt) override {
    TRY(tombstones_.prepare());
    ports::StateRecord state;
    for (const DocumentPlan& plan : plans) {
      TRY(check_names(plan));
      const Ownership::Standing standing = TRY(ownership_.claim(plan, adopt));
      state.revision = std::max(state.revision, standing.revision);
      state.writes[plan.name] = standing.writes;
      may_expire_ = TRY(has_ttl_index(plan)) || may_expire_;
    }
    return state;
  }

  Result<ports::StateRecord> standing(std::span<const DocumentPlan> plans) override {
    ports::StateRecord state;
    for (const DocumentPlan& plan : plans) {
      const Ownership::Standing standing = TRY(ownership_.standing(plan));
      state.revision = std::max(state.revision, standing.revision);
      state.writes[plan.name] = standing.writes;
    }
    return state;
  }

  Result<void> raise_floor(const DocumentPlan& plan, Revision floor) override {
    TRY(ownership_.raise(plan, floor));
    return tombstones_.raise_floor(plan, floor);
  }

  Result<ports::WriteOutcome> write(const ports::WriteBatch& batch) override {
    return GuardedWrite(context_, batch).run();
  }

  Result<void> raise_writes(const DocumentPlan& plan, uint64_t at_least) override {
    return ownership_.raise_writes(plan, at_least);
  }

  Result<std::vector<ports::StoredRecord>> read(const DocumentPlan& plan,
                                                std::span<const DocumentKey> keys) override;
  Result<Digest> expected(const DocumentPlan& plan, const Image& image) override;
  Result<ports::WalkPage> walk(const DocumentPlan& plan, const std::string& cursor, Revision below,
                               size_t keys_about) override {
    return walk_page(*store_, plan, cursor, below, keys_about);
  }
  Result<void> replace_from_future(const DocumentPlan& plan, const Image& image, Revision revision,
                                   Revision bogus) override;

  Result<void> tend(std::span<const DocumentPlan> plans, bool everything) override {
    for (const DocumentPlan& plan : plans) TRY(tombstones_.tend(plan, everything));
    return {};
  }

  Result<uint64_t> purge(const DocumentPlan& plan) override;
  Result<uint64_t> count(const DocumentPlan& plan) override;
  bool may_expire() const override { return may_expire_; }
  Result<std::string> show(const DocumentPlan& plan, const DocumentKey& key) override;

 private:
  Result<bool> has_ttl_index(const DocumentPlan& plan);
  Result<void> replace_exactly(const DocumentPlan& plan, const Image& image, Revision revision,
                               Revision bogus);
  Result<void> remove_exactly(const DocumentPlan& plan, const DocumentKey& key, Revision revision);

  const TargetName name_{"mongodb"};
  const config::Options options_;
  const std::unique_ptr<Store> store_;
  Ownership ownership_;
  Tombstones tombstones_;
  const WriteContext context_;
  bool may_expire_ = false;
  Bson document_;  // reused by expected()
};

Result<std::vector<ports::StoredRecord>> MongoTarget::read(const DocumentPlan& plan,
                                                           std::span<const DocumentKey> keys) {
  std::vector<ports::StoredRecord> records(keys.size());
  std::unordered_map<DocumentKey, size_t> places;
  for (size_t i = 0; i < keys.size(); ++i) {
    records[i].key = keys[i];
    places.emplace(keys[i], i);
  }
  const Bson options;
  for (size_t begin = 0; begin < keys.size(); begin += kKeysPerFilter) {
    Bson filter;
    TRY(append_id_filter(plan, keys.subspan(begin, std::min(kKeysPerFilter, keys.size() - begin)),
                         filter.get()));
    TRY(store_->find(plan.name.value, *filter.get(), *options.get(), [&](const bson_t& document) {
      bson_iter_t id;
      if (!bson_iter_init_find(&id, &document, "_id")) return Result<void>();
      const auto key = key_of_id(plan.key(), id);
      const auto place = key ? places.find(*key) : places.end();
      if (place == places.end()) return Result<void>();
      ports::StoredRecord& record = records[place->second];
      const auto revision = revision_of(document);
      record.is_present = true;
      record.is_foreign = !revision;
      record.revision = revision.value_or(Revision());
      record.content = content_of(document);
      return Result<void>();
    }));
  }
  // After the records: a record that is deleted in between is then found as deleted, not as lost.
  const auto tombstones = TRY(tombstones_.read(plan, keys));
  for (const auto& [key, revision] : tombstones) {
    const auto place = places.find(key);
    if (place != places.end()) records[place->second].tombstone = revision;
  }
  return records;
}

Result<Digest> MongoTarget::expected(const DocumentPlan& plan, const Image& image) {
  if (!image.record) return Digest{};
  TRY(encode_record(plan, image, std::nullopt, document_.get()));
  return content_of(*document_.get());
}

Result<void> MongoTarget::replace_from_future(const DocumentPlan& plan, const Image& image,
                                              Revision revision, Revision bogus) {
  TRY(ownership_.raise(plan, revision));
  if (!image.record) {
    const bool had_tombstone = TRY(tombstones_.remove_exactly(plan, image.key, bogus));
    const DocumentKey* const key = &image.key;
    const auto records = TRY(read(plan, {key, 1}));
    if (!had_tombstone && records.front().revision != bogus) return {};
    TRY(tombstones_.raise(plan, revision, {key, 1}, {}));
    return remove_exactly(plan, image.key, bogus);
  }
  TRY(replace_exactly(plan, image, revision, bogus));
  if (!TRY(tombstones_.remove_exactly(plan, image.key, bogus))) return {};
  // What the bogus tombstone kept out comes in by the ordinary way.
  const ports::WriteBatch batch{.plan = plan,
                                .revision = revision,
                                .taken_on = context_.clock.boot_now(),
                                .images = {&image, 1}};
  TRY(write(batch));
  return {};
}

Result<void> MongoTarget::replace_exactly(const DocumentPlan& plan, const Image& image,
                                          Revision revision, Revision bogus) {
  TRY(encode_record(plan, image, revision, document_.get()));
  WriteCommand command(*store_, WriteCommand::kUpdate, plan.name.value);
  TRY(command.add([&](bson_t* statement) {
    append_replace(*document_.get(), exactly(bogus), /*upsert=*/false, statement);
    return Result<void>();
  }));
  TRY(command.finish_all());
  return {};
}

Result<void> MongoTarget::remove_exactly(const DocumentPlan& plan, const DocumentKey& key,
                                         Revision revision) {
  WriteCommand command(*store_, WriteCommand::kDelete, plan.name.value);
  TRY(command.add(
      [&](bson_t* statement) { return append_delete(plan, key, exactly(revision), statement); }));
  TRY(command.finish_all());
  return {};
}

Result<uint64_t> MongoTarget::purge(const DocumentPlan& plan) {
  Bson filter;
  append_guard({Guard::kAtLeast, Revision()}, filter.get());
  Bson options;
  {
    Nested projection(options.get(), "projection", Nested::kDocument);
    BSON_APPEND_INT32(projection.get(), kRevisionField, 1);
  }
  BSON_APPEND_INT64(options.get(), "limit", kPurgePage);
  uint64_t purged = 0;
  while (true) {
    int64_t found = 0;
    WriteCommand command(*store_, WriteCommand::kDelete, plan.name.value);
    TRY(store_->find(plan.name.value, *filter.get(), *options.get(),
                     [&](const bson_t& record) -> Result<void> {
                       bson_iter_t id;
                       if (!bson_iter_init_find(&id, &record, "_id")) return {};
                       ++found;
                       return command.add([&](bson_t* statement) {
                         {
                           Nested query(statement, "q", Nested::kDocument);
                           bson_append_iter(query.get(), "_id", -1, &id);
                         }
                         BSON_APPEND_INT32(statement, "limit", 1);
                         return Result<void>();
                       });
                     }));
    if (found == 0) break;
    purged += static_cast<uint64_t>(TRY(command.finish_all()));
  }
  TRY(tombstones_.purge(plan));
  TRY(ownership_.forget(plan));
  return purged;
}

Result<uint64_t> MongoTarget::count(const DocumentPlan& plan) {
  Bson command;
  BSON_APPEND_UTF8(command.get(), "count", plan.name.value.c_str());
  Bson reply;
  TRY(store_->run(*command.get(), reply));
  bson_iter_t at;
  if (!bson_iter_init_find(&at, reply.get(), "n")) return uint64_t{0};
  return static_cast<uint64_t>(bson_iter_as_int64(&at));
}

Result<std::string> MongoTarget::show(const DocumentPlan& plan, const DocumentKey& key) {
  Bson filter;
  TRY(append_id(plan.key(), key, "_id", filter.get()));
  const Bson options;
  std::string shown;
  TRY(store_->find(plan.name.value, *filter.get(), *options.get(), [&](const bson_t& document) {
    const TextHandle json(bson_as_relaxed_extended_json(&document, nullptr));
    shown = json.get();
    return Result<void>();
  }));
  return shown;
}

Result<bool> MongoTarget::has_ttl_index(const DocumentPlan& plan) {
  Bson command;
  BSON_APPEND_UTF8(command.get(), "listIndexes", plan.name.value.c_str());
  Bson reply;
  const Result<void> listed = store_->run(*command.get(), reply);
  // A collection that does not exist has no index; other faults show elsewhere.
  if (!listed.ok()) return false;
  const TextHandle json(bson_as_relaxed_extended_json(reply.get(), nullptr));
  return std::string_view(json.get()).find("\"expireAfterSeconds\"") != std::string_view::npos;
}

class MongoConnector final : public ports::TargetConnector {
 public:
  MongoConnector(config::MongoConfig config, const config::Options& options,
                 ports::Identity identity, const Clock& clock)
      : config_(std::move(config)),
        options_(options),
        identity_(std::move(identity)),
        clock_(clock) {}

  const TargetName& name() const override { return name_; }

  Result<std::unique_ptr<ports::Target>> connect() override {
    std::unique_ptr<Store> store = TRY(Store::open(config_, options_.store_timeout));
    return std::make_unique<MongoTarget>(std::move(store), options_, identity_, clock_);
  }

 private:
  const TargetName name_{"mongodb"};
  const config::MongoConfig config_;
  const config::Options options_;
  const ports::Identity identity_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<ports::TargetConnector> make_connector(const config::MongoConfig& config,
                                                       const config::Options& options,
                                                       const ports::Identity& identity,
                                                       Clock& clock) {
  return std::make_unique<MongoConnector>(config, options, identity, clock);
}

}  // namespace syncline::mongo
